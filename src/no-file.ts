/** In the place of a file's name for rules that no file of this machine holds. */
export const NO_FILE = '(rules)';

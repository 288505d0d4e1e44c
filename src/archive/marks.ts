import { Capabilities } from '../doctor/capability-set.ts';

/** Where a store's layers have the marks of kernel overlayfs: the trusted attributes take CAP_SYS_ADMIN (native/fuse/overlay.h). */
export type Marks = 'trusted' | 'user';
export const MARKS: Marks = Capabilities.ofThisProcess().has('CAP_SYS_ADMIN') ? 'trusted' : 'user';
export const MARK_PREFIX = `${MARKS}.overlay.`;

/** The mark for a directory that hides what lies below it. */
export const OPAQUE = `${MARK_PREFIX}opaque`;
/** The mark for a directory that was renamed: where in the layers below its content lies. */
export const REDIRECT = `${MARK_PREFIX}redirect`;
/** The mark for a directory whose entries carry marks of their own. */
export const IMPURE = `${MARK_PREFIX}impure`;
/** Ours: user and group, 4 bytes each, of what a user's store couldn't give away. */
export const OWNER = 'user.overlay.appshot.owner';

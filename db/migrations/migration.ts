/** One step of the schema. A step that has been released is never changed: what comes later is a new step. */
export interface Migration {
  /** 1, 2, 3...: the database's user_version after it. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** Columns to fields and back. A column that holds what it can't hold is damage, and said so. */
import * as v from 'valibot';
import { AppshotError } from '../src/errors.ts';
import type { Columns, Value } from './sql.ts';

const strings = v.array(v.string());
const dictionary = v.record(v.string(), v.string());

export function text(row: Columns, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : damaged(column);
}

export function number(row: Columns, column: string): number {
  const value = row[column];
  return typeof value === 'number' ? value : damaged(column);
}

export function flag(row: Columns, column: string): boolean {
  return number(row, column) !== 0;
}

/** Whole numbers beyond 2^53 stand as text. */
export function big(row: Columns, column: string): bigint {
  const value = text(row, column);
  return /^-?\d+$/.test(value) ? BigInt(value) : damaged(column);
}

export function identifier(row: Columns, column: string): number | string {
  const value = row[column];
  return typeof value === 'number' || typeof value === 'string' ? value : damaged(column);
}

export function orNull<T>(read: (row: Columns, column: string) => T): (row: Columns, column: string) => T | null {
  return (row, column) => (row[column] === null ? null : read(row, column));
}
export const textOrNull = orNull(text);
export const numberOrNull = orNull(number);

export function oneOf<W extends string>(words: readonly W[]): (row: Columns, column: string) => W {
  return (row, column) => words.find((word) => word === row[column]) ?? damaged(column);
}

export function stringList(row: Columns, column: string): readonly string[] {
  return fromJson(strings, row, column);
}

export function stringMap(row: Columns, column: string): Readonly<Record<string, string>> {
  return fromJson(dictionary, row, column);
}

function fromJson<S extends v.GenericSchema>(schema: S, row: Columns, column: string): v.InferOutput<S> {
  try {
    return v.parse(schema, JSON.parse(text(row, column)));
  } catch (error) {
    if (error instanceof AppshotError) throw error;
    return damaged(column);
  }
}

export function json(value: readonly string[] | Readonly<Record<string, string>>): Value {
  return JSON.stringify(value);
}

function damaged(column: string): never {
  throw new AppshotError('corrupt', 'database', `the column ${column} holds something else than it should`, 'restore it from a backup');
}

import { type RawBuilder, sql } from 'kysely';

type ColumnType = 'text' | 'bigint' | 'integer' | 'smallint' | 'json';

/**
 * A column of many rows as one parameter, for `unnest`. Ids and JSON hold no line break, so a text that Postgres takes apart
 * does, and costs this process half of what an array literal costs. Null and `''` both arrive as null.
 */
function column(values: readonly (string | number | null)[], type: ColumnType): RawBuilder<unknown> {
  return sql`string_to_array(${values.join('\n')}, e'\\n', '')::${sql.raw(type)}[]`;
}

/** Rows as `unnest(…)`: one column per pair of its type and what it takes of a row, in this order. */
export function unnestOf<Row>(
  rows: readonly Row[],
  ...columns: readonly (readonly [ColumnType, (row: Row) => string | number | null])[]
): RawBuilder<unknown> {
  return sql`unnest(${sql.join(columns.map(([type, pick]) => column(rows.map(pick), type)))})`;
}

/** Postgres keeps every character but this one. */
export function withoutNul(text: string): string {
  return text.replaceAll('\0', '');
}

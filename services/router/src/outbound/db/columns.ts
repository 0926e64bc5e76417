import { type RawBuilder, sql } from 'kysely';

type ColumnType = 'text' | 'bigint' | 'integer' | 'smallint' | 'json';

/**
 * A column of many rows as one parameter, for `unnest`. Ids and JSON hold no line break, so a text that Postgres takes apart
 * does, and costs this process half of what an array literal costs. Null and `''` both arrive as null.
 */
export function column(values: readonly (string | number | null)[], type: ColumnType): RawBuilder<unknown> {
  return sql`string_to_array(${values.join('\n')}, e'\\n', '')::${sql.raw(type)}[]`;
}

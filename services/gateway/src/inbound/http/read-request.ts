import { ContractError } from '@reveille/contracts/errors';

interface Schema<T> {
  safeParse(
    value: unknown,
  ):
    | { success: true; data: T }
    | { success: false; error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } };
}

/** A part of a request, checked. @throws ContractError naming every field that does not fit. */
export function readPart<T>(schema: Schema<T>, value: unknown, part: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ContractError(
    parsed.error.issues
      .map(({ path, message }) => `${path.map(String).join('.') || part}: ${message}`)
      .join('; '),
  );
}

/** A control request that cannot be carried out; the message goes to the caller. */
export class ControlError extends Error {
  override readonly name = 'ControlError';

  constructor(
    readonly status: 400 | 404 | 405 | 409,
    message: string,
  ) {
    super(message);
  }
}

export function badRequest(message: string): ControlError {
  return new ControlError(400, message);
}

/** What cannot be carried out is the caller's mistake, not ours: a key that cannot be read, for instance. */
export function blame(act: () => void): void {
  try {
    act();
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : String(error));
  }
}

/** Reads the fields of a JSON object, each with what it must be; a wrong one is named in the error. */
export class Body {
  private constructor(private readonly fields: Readonly<Record<string, unknown>>) {}

  static parse(text: string): Body {
    if (text.trim() === '') return new Body({});
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw badRequest(`the body is not JSON: ${error instanceof Error ? error.message : 'unreadable'}`);
    }
    return Body.of(value);
  }

  static of(value: unknown): Body {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw badRequest('the body must be a JSON object');
    return new Body(value as Record<string, unknown>);
  }

  /** The same fields, with others for what is not said. */
  over(defaults: Readonly<Record<string, unknown>>): Body {
    return new Body({ ...defaults, ...this.fields });
  }

  has(name: string): boolean {
    return this.fields[name] !== undefined;
  }

  value(name: string): unknown {
    return this.fields[name];
  }

  text(name: string): string {
    const value = this.textOrNull(name);
    if (value === null) throw badRequest(`"${name}" is missing`);
    return value;
  }

  textOrNull(name: string): string | null {
    const value = this.fields[name] ?? null;
    if (value !== null && typeof value !== 'string') throw badRequest(`"${name}" must be a string`);
    return value;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], otherwise: T | null): T {
    const value = this.textOrNull(name) ?? otherwise;
    const found = allowed.find((each) => each === value);
    if (found === undefined) throw badRequest(`"${name}" must be one of ${allowed.join(', ')}`);
    return found;
  }

  number(name: string, otherwise: number | null, range: { min: number; max: number }): number {
    const value = this.fields[name] ?? otherwise;
    if (typeof value !== 'number' || value < range.min || value > range.max) {
      throw badRequest(`"${name}" must be a number from ${range.min} to ${range.max}`);
    }
    return value;
  }

  numberOrNull(name: string, range: { min: number; max: number }): number | null {
    return (this.fields[name] ?? null) === null ? null : this.number(name, null, range);
  }

  flag(name: string, otherwise: boolean | null): boolean {
    const value = this.fields[name] ?? otherwise;
    if (typeof value !== 'boolean') throw badRequest(`"${name}" must be true or false`);
    return value;
  }

  textsOrNull(name: string): string[] | null {
    const value = this.fields[name] ?? null;
    if (value === null) return null;
    if (!Array.isArray(value) || !value.every((each) => typeof each === 'string'))
      throw badRequest(`"${name}" must be a list of strings`);
    return value;
  }

  list(name: string): Body[] {
    const value = this.fields[name];
    if (!Array.isArray(value)) throw badRequest(`"${name}" must be a list`);
    return value.map((each) => Body.of(each));
  }
}

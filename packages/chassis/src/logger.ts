import { secretFields } from '@reveille/contracts/dead-letter';
import type { LogFields } from '@reveille/contracts/log-fields';
import { Secret } from './secret.js';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * JSON lines: `time` (ISO 8601), `level`, `service`, `instance`, `message`, and the fields of the contracts (`docs/logging.md`
 * lists them). Secrets are cut out by type (Secret) and by name (`secretFields`).
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}

export interface LoggerOptions {
  readonly service: string;
  readonly instance?: string;
  readonly level?: LogLevel;
  readonly write?: (line: string) => void;
}

export function createLogger({ service, instance, level = 'info', write = toStdout }: LoggerOptions): Logger {
  const least = logLevels.indexOf(level);
  const make = (base: LogFields): Logger => {
    const at = (name: LogLevel) => {
      if (logLevels.indexOf(name) < least) return () => {};
      return (message: string, fields: LogFields = {}) => {
        const line = {
          time: new Date().toISOString(),
          level: name,
          service,
          ...(instance === undefined ? {} : { instance }),
          message,
          ...base,
          ...fields,
        };
        write(`${JSON.stringify(redact(line, 0))}\n`);
      };
    };
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => make({ ...base, ...fields }),
    };
  };
  return make({});
}

const deepest = 6;

/** A copy that can be printed: secrets cut out, errors taken apart, depth bounded. */
function redact(value: unknown, depth: number): unknown {
  if (value instanceof Secret) return '[secret]';
  if (value instanceof Error) return errorFields(value, depth);
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return value;
  if (depth > deepest) return '[…]';
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => redact(item, depth + 1));
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      secretFields.has(name) ? '[secret]' : redact(item, depth + 1),
    ]),
  );
}

function errorFields(error: Error, depth: number): unknown {
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack,
    ...(cause === undefined || depth > deepest ? {} : { cause: redact(cause, depth + 1) }),
  };
}

function toStdout(line: string): void {
  process.stdout.write(line);
}

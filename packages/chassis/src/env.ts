import { readFileSync } from 'node:fs';
import { ConfigError, isErrorNamed } from '@reveille/contracts/errors';
import { Secret } from './secret.js';

/** The first line of every key that `reveille up` makes for itself. */
export const demoKeyMark = '# reveille demo key: never use in production';

/** Reads the environment, the only place that does, and collects every fault before it complains. */
export interface Env {
  /** Without a fallback the variable must be there. */
  text(name: string, fallback?: string): string;
  optionalText(name: string): string | null;
  integer(name: string, options: { default?: number; min?: number; max?: number }): number;
  flag(name: string, fallback: boolean): boolean;
  oneOf<T extends string>(name: string, options: readonly T[], fallback: T): T;
  /** Comma separated. */
  list(name: string, fallback?: readonly string[]): string[];
  /** The variable itself, or the content of the file that `<name>_FILE` names. */
  secret(name: string, fallback?: string): Secret;
  /** The content of the file that the variable names, comment lines left out; a demo key is refused outside demo mode. */
  secretFile(name: string): Secret;
  /** Adds a fault that the owner of a variable has found in it. */
  fault(text: string): void;
  /** What `read` makes of a variable; null, and its faults beside the others, when it throws a ConfigError. */
  attempt<T>(read: () => T, name?: string): T | null;
  /** @throws ConfigError that lists every fault at once. */
  done(): void;
}

export function readEnv(source: Readonly<Record<string, string | undefined>> = process.env): Env {
  const faults: string[] = [];
  const isDemo = ['1', 'true'].includes(source['REVEILLE_DEMO'] ?? '');
  const read = (name: string): string | undefined => {
    const value = source[name];
    return value === undefined || value === '' ? undefined : value;
  };
  const required = (name: string, fallback: string | undefined): string => {
    const value = read(name) ?? fallback;
    if (value === undefined) faults.push(`${name} is not set`);
    return value ?? '';
  };
  const fromFile = (name: string): Secret => {
    const path = required(name, undefined);
    if (path === '') return new Secret('');
    const content = readKeyFile(path, isDemo);
    if ('fault' in content) faults.push(`${name}: ${content.fault}`);
    return new Secret('text' in content ? content.text : '');
  };
  return {
    text: required,
    optionalText: (name) => read(name) ?? null,
    integer(name, { default: fallback, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER }) {
      const text = read(name);
      if (text === undefined && fallback !== undefined) return fallback;
      const value = Number(text ?? Number.NaN);
      if (text === undefined) faults.push(`${name} is not set`);
      else if (!Number.isInteger(value)) faults.push(`${name} must be a whole number, not "${text}"`);
      else if (value < min || value > max) faults.push(`${name} must be from ${min} to ${max}, not ${value}`);
      return value;
    },
    flag(name, fallback) {
      const text = read(name);
      if (text === undefined) return fallback;
      if (['1', 'true'].includes(text)) return true;
      if (!['0', 'false'].includes(text)) faults.push(`${name} must be 1 or 0, not "${text}"`);
      return false;
    },
    oneOf(name, options, fallback) {
      const text = read(name) ?? fallback;
      const found = options.find((option) => option === text);
      if (found === undefined) faults.push(`${name} must be one of ${options.join(', ')}`);
      return found ?? fallback;
    },
    list(name, fallback) {
      const text = read(name);
      if (text === undefined && fallback !== undefined) return [...fallback];
      return required(name, undefined)
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    },
    secret: (name, fallback) =>
      read(`${name}_FILE`) === undefined ? new Secret(required(name, fallback)) : fromFile(`${name}_FILE`),
    secretFile: fromFile,
    fault: (text) => void faults.push(text),
    attempt(work, name) {
      try {
        return work();
      } catch (error) {
        if (!isErrorNamed(error, 'ConfigError')) throw error;
        const found = (error as ConfigError).faults;
        faults.push(...found.map((fault) => (name === undefined ? fault : `${name}: ${fault}`)));
        return null;
      }
    },
    done() {
      if (faults.length > 0) throw new ConfigError(faults);
    },
  };
}

/** The whole environment, for handing on to a child process. */
export function inheritedEnv(): Record<string, string> {
  return { ...process.env } as Record<string, string>;
}

/** A variable that set-up and tools know by name; null when it is not set. Services read theirs through `readEnv`. */
export function toolSetting(
  name:
    | 'REVEILLE_CACHE'
    | 'REVEILLE_NATS_SERVER'
    | 'REVEILLE_PARENT'
    | 'XDG_CACHE_HOME'
    | 'OTEL_EXPORTER_OTLP_ENDPOINT',
): string | null {
  const value = process.env[name];
  return value === undefined || value === '' ? null : value;
}

/** A key file without its comment lines, or what is wrong with it. A demo key is refused outside demo mode. */
export function readKeyFile(
  path: string,
  isDemo: boolean,
): { readonly text: string } | { readonly fault: string } {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    return {
      fault: `${path} cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault'})`,
    };
  }
  return readKeyText(content, path, isDemo);
}

/** The same of a key's text, wherever it was kept; `name` is what a fault calls it. */
export function readKeyText(
  content: string,
  name: string,
  isDemo: boolean,
): { readonly text: string } | { readonly fault: string } {
  if (!isDemo && isDemoKey(content)) {
    return {
      fault: `${name} holds a demo key: make a key of your own, or set REVEILLE_DEMO=1 where nothing matters`,
    };
  }
  const lines = content.split('\n').filter((line) => !line.startsWith('#'));
  return { text: lines.join('\n').trim() };
}

/** True for a key that `reveille up` made for itself, in a text file or a JSON document. */
export function isDemoKey(content: string): boolean {
  return content.includes(demoKeyMark);
}

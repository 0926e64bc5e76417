import { malformed, type FcmError, type FieldViolation } from './fcm.errors.js';
import type { FieldType, Fields } from './fcm.schema.js';

export type Json = Record<string, unknown>;

const typePrefix = 'type.googleapis.com/google.firebase.fcm.v1.';
const protobufNames = {
  string: 'TYPE_STRING',
  bool: 'TYPE_BOOL',
  int: 'TYPE_INT32',
  number: 'TYPE_FLOAT',
  duration: 'type.googleapis.com/google.protobuf.Duration',
  timestamp: 'type.googleapis.com/google.protobuf.Timestamp',
} as const;

const durationForm = /^-?\d{1,12}(\.\d{1,9})?s$/;
const timestampForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/**
 * Reads a body the way proto3 JSON is read: unknown names and wrong types are refused, each violation with its path.
 * The answer has snake case names throughout.
 */
export function readJsonAs(
  fields: Fields,
  text: string,
): { readonly value: Json } | { readonly error: FcmError } {
  const parsed = parseShallow(text);
  if (parsed === undefined)
    return { error: malformed('Invalid JSON payload received. Expected an object key or }.', []) };
  if (!isObject(parsed)) return { error: malformed("Invalid value at 'root' (expected an object)", []) };
  const violations: FieldViolation[] = [];
  const value = readObject(fields, parsed, '', violations);
  if (violations.length === 0) return { value };
  return { error: malformed(violations.map(({ description }) => description).join('\n'), violations) };
}

/** Protocol buffers read at most this many levels. */
const deepestLevel = 100;
/** A text shorter than this cannot be deep enough to hurt. */
const harmlessLength = 2_000;

/** Undefined for what is not JSON, or nested deeper than protocol buffers allow. */
function parseShallow(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return text.length > harmlessLength && isDeeper(value, deepestLevel) ? undefined : value;
  } catch {
    return undefined;
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((child) => isDeeper(child, levels - 1));
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function readObject(fields: Fields, value: Json, path: string, violations: FieldViolation[]): Json {
  const read: Json = {};
  for (const [name, given] of Object.entries(value)) {
    const known = Object.hasOwn(fields, name) ? name : snake(name);
    const type = Object.hasOwn(fields, known) ? fields[known] : undefined;
    if (type === undefined) {
      const at = path === '' ? '' : ` at '${path}'`;
      violations.push({
        field: path,
        description: `Invalid JSON payload received. Unknown name "${name}"${at}: Cannot find field.`,
      });
      continue;
    }
    // In proto3 JSON null means that the field is not set.
    if (given !== null)
      read[known] = readValue(type, given, path === '' ? known : `${path}.${known}`, violations);
  }
  return read;
}

function readValue(type: FieldType, value: unknown, path: string, violations: FieldViolation[]): unknown {
  const wrong = (typeName: string): undefined => {
    violations.push({
      field: path,
      description: `Invalid value at '${path}' (${typeName}), ${JSON.stringify(value)}`,
    });
  };
  switch (type.kind) {
    case 'string':
      return typeof value === 'string' ? value : wrong(protobufNames.string);
    case 'bool':
      return typeof value === 'boolean' ? value : wrong(protobufNames.bool);
    case 'int':
      return Number.isInteger(value) || (typeof value === 'string' && /^-?\d+$/.test(value))
        ? Number(value)
        : wrong(protobufNames.int);
    case 'number':
      return typeof value === 'number' ? value : wrong(protobufNames.number);
    case 'duration':
      return typeof value === 'string' && durationForm.test(value) ? value : wrong(protobufNames.duration);
    case 'timestamp':
      return typeof value === 'string' && timestampForm.test(value) ? value : wrong(protobufNames.timestamp);
    case 'enum':
      return typeof value === 'string' && type.values.includes(value.toUpperCase())
        ? value.toUpperCase()
        : wrong(`${typePrefix}${type.typeName}`);
    case 'stringMap':
      return isObject(value) ? readMap(value, path, violations) : wrong('Map');
    case 'anyObject':
      return isObject(value) ? value : wrong('type.googleapis.com/google.protobuf.Struct');
    case 'list':
      return Array.isArray(value)
        ? value.map((each, at) => readValue(type.of, each, `${path}[${at}]`, violations))
        : wrong('List');
    case 'object':
      return isObject(value) ? readObject(type.fields, value, path, violations) : wrong('Message');
  }
}

function readMap(value: Json, path: string, violations: FieldViolation[]): Json {
  Object.values(value).forEach((given, at) => {
    if (typeof given === 'string') return;
    const field = `${path}[${at}].value`;
    violations.push({
      field,
      description: `Invalid value at '${field}' (${protobufNames.string}), ${JSON.stringify(given)}`,
    });
  });
  return value;
}

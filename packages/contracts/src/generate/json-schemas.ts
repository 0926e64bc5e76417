import { z } from 'zod';
import { askTypes, storedTypes } from '../catalog.js';
import { deadLetterSchema } from '../dead-letter.js';
import { clientFrameSchema, serverFrameSchema } from '../ws/frames.js';

/** A JSON Schema of what a reader accepts (`input`: defaults may be left out). */
export function jsonSchemaOf(schema: z.ZodType): Record<string, unknown> {
  const json = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12', unrepresentable: 'any' });
  return json;
}

/** File name → JSON Schema, for every fact, job, ask and frame. */
export function buildJsonSchemas(): Record<string, Record<string, unknown>> {
  const files: Record<string, Record<string, unknown>> = {};
  const put = (name: string, title: string, schema: z.ZodType): void => {
    files[`${name}.json`] = {
      $id: `urn:reveille:${name.replaceAll('/', ':')}`,
      title,
      ...jsonSchemaOf(schema),
    };
  };
  for (const [type, known] of Object.entries(storedTypes))
    put(`${type}.v${known.version}`, known.summary, known.schema);
  for (const [name, ask] of Object.entries(askTypes)) {
    put(`asks/${name}.question`, ask.summary, ask.question);
    if (ask.answer !== null) put(`asks/${name}.answer`, ask.summary, ask.answer);
  }
  put('dead-letter.v1', 'Work that was given up, with where it came from and why.', deadLetterSchema);
  put('frames/client', 'A WebSocket frame of a client.', clientFrameSchema);
  put('frames/server', 'A WebSocket frame of the gateway.', serverFrameSchema);
  return files;
}

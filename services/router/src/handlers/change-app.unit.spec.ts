import { type AppChange, appDocumentSchema } from '@reveille/contracts/app/events';
import { RefusedError } from '@reveille/contracts/errors';
import { expect, it } from 'vitest';
import type { AppFact, KnownApp } from '../domain/app/app-changes.js';
import { changeApp } from './change-app.js';
import { configureApps } from './configure-apps.js';

const change: AppChange = { from: 'apply', by: 'ana', because: 'a try', restored: null };
const document = (more: object = {}) => appDocumentSchema.parse({ app: 'a', ...more });

/** APPS in memory; `rival` speaks first at the next word. */
class Desk {
  readonly facts: AppFact[] = [];
  rival = false;
  readonly apps = {
    refresh: async () => undefined,
    newestOf: (app: string): KnownApp | null => {
      const fact = this.facts.findLast((candidate) => candidate.app === app);
      if (fact === undefined) return null;
      const { revision, change: said } = fact.data;
      return { app, settings: fact.type === 'app-configured' ? fact.data : null, revision, change: said };
    },
    settingsOf: (app: string) => this.apps.newestOf(app)?.settings ?? null,
    all: () =>
      [...new Set(this.facts.map(({ app }) => app))].flatMap((app) => this.apps.settingsOf(app) ?? []),
    history: async (app: string) =>
      this.facts.flatMap((fact) => (fact.app === app && fact.type === 'app-configured' ? [fact.data] : [])),
  };
  readonly outbox = {
    app: async (fact: AppFact) => {
      if (this.rival) return false;
      this.facts.push(fact);
      return true;
    },
  };
  readonly changes = changeApp(this);
  readonly said = () =>
    this.facts.map(({ type, app, data }) => `${type} ${app} ${data.revision} ${data.change?.from}`);
}

it('every change is a revision; what is like that already is not said', async () => {
  const desk = new Desk();
  const { configure, remove } = desk.changes;
  expect(await configure('a', { document: document(), seen: null, change })).toEqual({
    revision: 1,
    isChanged: true,
  });
  expect(await configure('a', { document: document(), seen: 1, change })).toEqual({
    revision: 1,
    isChanged: false,
  });
  expect(await configure('a', { document: document({ ttlSeconds: 5 }), seen: 1, change })).toMatchObject({
    revision: 2,
  });
  expect(await remove('a', { seen: 2, change })).toEqual({ revision: 3, isChanged: true });
  expect(await configure('a', { document: document(), seen: null, change })).toMatchObject({ revision: 4 });
  expect(desk.facts.at(-1)?.data.change).toEqual(change);
});

it('whoever has seen another revision is refused', async () => {
  const desk = new Desk();
  const { configure, remove } = desk.changes;
  await configure('a', { document: document(), seen: null, change });
  const late = { document: document({ ttlSeconds: 5 }), change };
  await expect(configure('a', { ...late, seen: null })).rejects.toThrow(
    'somebody else was first: a is at revision 1',
  );
  await expect(remove('b', { seen: 1, change })).rejects.toThrow(RefusedError);
  desk.rival = true;
  await expect(configure('a', { ...late, seen: 1 })).rejects.toMatchObject({ code: 'app-conflict' });
  expect(desk.facts).toHaveLength(1);
});

it('a document goes to its own app', async () => {
  const ask = { document: document(), seen: null, change };
  await expect(new Desk().changes.configure('b', ask)).rejects.toThrow('the document of a was sent to b');
});

it('the file at start: what differs is said, what an operator has changed stays until the file says something new', async () => {
  const desk = new Desk();
  const file = async (...documents: object[]) =>
    configureApps(
      desk,
      documents.map((more) => appDocumentSchema.parse(more)),
    );
  await file({ app: 'a' }, { app: 'b' });
  expect((await file({ app: 'a' }, { app: 'b' })).said).toEqual([]);
  await file({ app: 'a' });
  await desk.changes.configure('a', { document: document({ ttlSeconds: 5 }), seen: 1, change });
  await desk.changes.configure('c', { document: document({ app: 'c' }), seen: null, change });
  expect(await file({ app: 'a' })).toEqual({ said: [], outdated: ['a'] });
  await file({ app: 'a', ttlSeconds: 7 });
  expect(desk.said()).toEqual([
    'app-configured a 1 file',
    'app-configured b 1 file',
    'app-removed b 2 file',
    'app-configured a 2 apply',
    'app-configured c 1 apply',
    'app-configured a 3 file',
  ]);
});

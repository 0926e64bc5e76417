import { runProcess } from '@reveille/chassis/lifecycle';
import { readConfig } from './config.js';
import { buildPresence } from './presence.module.js';

await runProcess('presence', () => buildPresence(readConfig()));

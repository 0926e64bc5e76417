import { runProcess } from '@reveille/chassis/lifecycle';
import { readConfig } from './config.js';
import { buildRouter } from './router.module.js';

await runProcess('router', () => buildRouter(readConfig()));

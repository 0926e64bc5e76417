import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { keepResults, median, table } from './report.js';

// What a push costs one worker process by itself: jobs as the router publishes them, a vendor that says yes to everything and checks
// nothing, every job's outcome durable. No token comes twice, so that each is opened anew. The floor is a bare program that does the same
// with nothing of ours but the HTTP/2 client (pull consume with explicit ack, JSON, durable outcome with headers).
//   node bench/dist/worker.js [rounds] [pushes per round]

interface Round {
  readonly targetsPerJob: number;
  readonly pushes: number;
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
  readonly mainThreadMicroseconds: number;
  readonly rssMegabytes: number;
  readonly askedAnew: number;
}

const floors = new Map([
  [1, '24-28'],
  [500, '-'],
]);
const [rounds = '5', pushes = '10000'] = process.argv.slice(2);
const program = join(
  import.meta.dirname,
  '../../services/vendor-workers/dist/testing/measure-worker.main.js',
);
const { stdout } = await promisify(execFile)(process.execPath, [program, rounds, pushes]);
const results = stdout
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Round);

const rows = [...new Set(results.map(({ targetsPerJob }) => targetsPerJob))].map((width) => {
  const own = results.filter(({ targetsPerJob }) => targetsPerJob === width);
  const of = (value: (round: Round) => number): number => median(own.map(value));
  return [
    width,
    of(({ perSecond }) => perSecond),
    of(({ cpuMicroseconds }) => cpuMicroseconds),
    of(({ mainThreadMicroseconds }) => mainThreadMicroseconds),
    floors.get(width) ?? '-',
    of(({ rssMegabytes }) => rssMegabytes),
  ];
});
console.log(
  table(['targets per job', 'pushes/s', 'CPU us', 'of it main thread', 'floor us', 'RSS MiB'], rows),
);
const isLate = results.some(({ askedAnew }) => askedAnew > 0);
if (isLate)
  console.log('the machine was too busy: jobs waited for so long that presence was asked about them');
console.log(`medians of ${rounds} rounds; raw: ${keepResults('worker', results)}`);

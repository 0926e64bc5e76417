import { createInterface } from 'node:readline';

// Ends processes that cannot notice by themselves that the supervisor was killed (nats-server, Postgres). It is told
// `+<pid>` and `-<pid>` on standard input; the end of that input without a good-bye means that the supervisor is gone.
const lookEveryMs = 100;
const patienceMs = 10_000;
const watched = new Set<number>();

process.on('SIGINT', () => {}).on('SIGTERM', () => {});
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const pid = Number(line.slice(1));
    if (line.startsWith('+')) watched.add(pid);
    else watched.delete(pid);
  })
  .on('close', () => {
    // SIGINT is a fast shutdown for Postgres and an orderly one for nats-server.
    endAll('SIGINT');
    const look = setInterval(() => {
      if (![...watched].some(isAlive)) process.exit(0);
    }, lookEveryMs);
    setTimeout(() => {
      clearInterval(look);
      endAll('SIGKILL');
      process.exit(0);
    }, patienceMs);
  });

function endAll(signal: NodeJS.Signals): void {
  for (const pid of watched) {
    try {
      process.kill(pid, signal);
    } catch {
      // It is gone already.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

import { createInterface } from 'node:readline';

// Ends processes that cannot notice by themselves that the supervisor was killed (nats-server, Postgres). It is told
// `+<pid>` and `-<pid>` on standard input; the end of that input without a good-bye means that the supervisor is gone.
const watched = new Set<number>();

process.on('SIGINT', () => {}).on('SIGTERM', () => {});
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const pid = Number(line.slice(1));
    if (line.startsWith('+')) watched.add(pid);
    else watched.delete(pid);
  })
  .on('close', () => {
    for (const pid of watched) {
      try {
        // SIGINT is a fast shutdown for Postgres and an orderly one for nats-server.
        process.kill(pid, 'SIGINT');
      } catch {
        // It is gone already.
      }
    }
    process.exit(0);
  });

/** A load from inside a cluster: the only argument is its targets as JSON. It ends with its input, and writes the result as JSON. */
import process from 'node:process';
import { Load, type Target } from '../standalone/load.ts';

const load = new Load(JSON.parse(process.argv[2] ?? '[]') as readonly Target[]);
process.stdin.resume().on('end', () => {
  void load.stop().then((result) => process.stdout.write(JSON.stringify(result)));
});

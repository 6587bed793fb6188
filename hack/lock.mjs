// One at a time, among processes of this machine. Runs on Node 20 without dependencies.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { SetupError } from './step.mjs';

/** Runs `work` while `file` names this process; `waiting` is said once if another holds it. */
export async function locked({ file, waiting }, work) {
  for (let told = false; !acquire(file);) {
    if (!told) process.stderr.write(`[setup] ${waiting}\n`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function acquire(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw unwritable(error);
  }
  if (!holderLives(file)) {
    try {
      rmSync(file, { force: true });
    } catch (error) {
      throw unwritable(error);
    }
  }
  return false;
}

function unwritable(error) {
  return new SetupError(`No lock can be taken: ${error.message}`);
}

function holderLives(file) {
  if (!existsSync(file)) return false;
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    // An empty file is one that its owner is just writing.
    if (pid > 0) process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

// Entry of the image `lms-tools`: `cdn`, `bucket` or `seed`.
const [command = ''] = process.argv.slice(2);
const commands: Record<string, string> = { cdn: './cdn.js', bucket: './bucket.js', seed: '../seed/seed.js' };
const script = commands[command];
if (script) await import(script);
else {
  console.error(`Unknown command "${command}". Available commands: ${Object.keys(commands).join(', ')}.`);
  process.exitCode = 2;
}

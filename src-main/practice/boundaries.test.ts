/** Module boundaries: the providers do not know Practice, and the app contains no fault injection. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBuilder, type Rollup } from 'vite';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('no provider mentions Practice', async () => {
  const folder = join(root, 'src-main/providers');
  const files = (await readdir(folder, { withFileTypes: true, recursive: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
  const sourceFiles = files.filter((file) => !file.endsWith('.test.ts') && !/[\\/]testing[\\/]/.test(file));
  expect(sourceFiles.length).toBeGreaterThan(15);
  for (const file of sourceFiles)
    expect(/practice/i.test(await readFile(file, 'utf8')), relative(root, file)).toBe(false);
});

test(
  'the packaged app contains no fault injection, and loads the store only when it is used',
  { timeout: 120_000 },
  async () => {
    const builder = await createBuilder({
      root,
      configFile: join(root, 'vite.config.ts'),
      logLevel: 'silent',
      environments: { main: { build: { write: false, sourcemap: false } } },
    });
    const { output } = (await builder.build(builder.environments.main!)) as Rollup.RollupOutput;
    const chunks = output.filter((file) => file.type === 'chunk');
    const modules = chunks.flatMap((chunk) => chunk.moduleIds.map((id) => relative(root, id)));
    expect(modules).toContain(join('src-main', 'providers', 's3', 'driver.ts'));
    expect(modules).toContain(join('src-main', 'practice', 'server.ts'));
    expect(
      modules.filter((id) => /^e2e[\\/]|^bench[\\/]|[\\/]testing[\\/]|\.test\.ts$|[\\/]faults?\.|fault-plan/.test(id)),
    ).toEqual([]);
    expect(chunks.map((chunk) => chunk.code).join('')).not.toMatch(/FaultProxy|lost-answer|flip-bit/);
    // The files that the app loads at its start.
    const startupFiles = new Set<string>();
    const visit = (name: string): void => {
      const chunk = chunks.find(({ fileName }) => fileName === name);
      if (!chunk || startupFiles.has(name)) return;
      startupFiles.add(name);
      chunk.imports.forEach(visit);
    };
    for (const chunk of chunks) if (chunk.isEntry) visit(chunk.fileName);
    const startupModules = chunks
      .filter((chunk) => startupFiles.has(chunk.fileName))
      .flatMap((chunk) => chunk.moduleIds.map((id) => relative(root, id)));
    expect(
      startupModules.filter((id) => /practice[\\/](server|object-store|start-server)\.ts$|aws-sdk/.test(id)),
    ).toEqual([]);
  },
);

/** Shows a scene of the window on the fake bridge: `?scene=uploading&theme=dark`. Without a scene, lists all scenes. */
import '../styles/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from '../App.tsx';
import { connectStores } from '../connect-stores.ts';
import { createHoist } from '../hoist.ts';
import { HoistContext } from '../use-hoist.ts';
import { SceneList } from './SceneList.tsx';
import type { Scene } from './scene-helpers.ts';
import { scenes } from './scenes.ts';
import { createFakeMain } from './fake-main.ts';

/** Time in which the window loads its data and renders its first state. */
const settleMs = 150;

const params = new URLSearchParams(location.search);
const theme = params.get('theme');
if (theme === 'light' || theme === 'dark') document.documentElement.style.colorScheme = theme;

const container = document.getElementById('root');
if (!container) throw new Error('scenes.html has no #root');
const root = createRoot(container);
const scene = scenes[params.get('scene') ?? ''];
if (scene) showScene(scene);
else root.render(<SceneList />);

function showScene({ start, then }: Scene): void {
  const fakeMain = createFakeMain(start);
  const hoist = createHoist(fakeMain.bridge);
  connectStores(hoist);
  root.render(
    <StrictMode>
      <HoistContext value={hoist}>
        <App />
      </HoistContext>
    </StrictMode>,
  );
  setTimeout(() => {
    then?.(hoist, fakeMain);
    document.documentElement.dataset.scene = 'ready';
  }, settleMs);
}

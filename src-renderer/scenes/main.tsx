/** The window alone, on the fake bridge: ?scene=uploading&theme=dark. Without a scene, a list of them. */
import '../styles/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from '../App.tsx';
import { connect, createHoist } from '../hoist.ts';
import { HoistContext } from '../use-hoist.ts';
import { Menu } from './Menu.tsx';
import { scenes, type Scene } from './scenes.ts';
import { createWorld } from './world.ts';

const settleMs = 150;

const asked = new URLSearchParams(location.search);
const theme = asked.get('theme');
if (theme === 'light' || theme === 'dark') document.documentElement.style.colorScheme = theme;

const place = document.getElementById('root');
if (!place) throw new Error('scenes.html has no #root');
const root = createRoot(place);
const scene = scenes[asked.get('scene') ?? ''];
if (scene) play(scene);
else root.render(<Menu />);

function play({ start, then }: Scene): void {
  const world = createWorld(start);
  const hoist = createHoist(world.bridge);
  connect(hoist);
  root.render(
    <StrictMode>
      <HoistContext value={hoist}>
        <App />
      </HoistContext>
    </StrictMode>,
  );
  setTimeout(() => {
    then?.(hoist, world);
    document.documentElement.dataset.scene = 'ready';
  }, settleMs);
}

import './styles/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import './bridge.ts';
import { connectStores, createHoist } from './hoist.ts';
import { HoistContext } from './use-hoist.ts';

const container = document.getElementById('root');
if (!container) throw new Error('index.html has no #root');
const hoist = createHoist(window.hoist);
connectStores(hoist);
createRoot(container).render(
  <StrictMode>
    <HoistContext value={hoist}>
      <App />
    </HoistContext>
  </StrictMode>,
);

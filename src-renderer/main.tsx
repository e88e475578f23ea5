import './styles/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import './bridge.ts';
import { connect, createHoist } from './hoist.ts';
import { HoistContext } from './use-hoist.ts';

const place = document.getElementById('root');
if (!place) throw new Error('index.html has no #root');
const hoist = createHoist(window.hoist);
connect(hoist);
createRoot(place).render(
  <StrictMode>
    <HoistContext value={hoist}>
      <App />
    </HoistContext>
  </StrictMode>,
);

import styles from './SceneList.module.css';
import { scenes } from './scenes.ts';

const themes = ['system', 'light', 'dark'];

/** What there is to see. */
export function SceneList() {
  return (
    <main className={styles.menu}>
      <h1>Scenes</h1>
      <ul>
        {Object.entries(scenes).map(([id, { title }]) => (
          <li key={id}>
            <span>{title}</span>
            {themes.map((theme) => (
              <a key={theme} href={`?scene=${id}&theme=${theme}`} aria-label={`${title}, ${theme}`}>
                {theme}
              </a>
            ))}
          </li>
        ))}
      </ul>
    </main>
  );
}

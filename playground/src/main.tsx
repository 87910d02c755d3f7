import { render } from 'preact';
import { App } from './app.tsx';
import './styles/tokens.css';
import './styles/page.css';
import './styles/controls.css';
import './styles/key.css';
import './styles/explain.css';
import './styles/rank.css';
import './styles/matrix.css';
import './styles/search.css';
import './styles/explanation.css';
import './styles/selection.css';
import './styles/runs.css';
import './styles/touch.css';

const root = document.getElementById('page');
if (root === null) throw new Error('Expected an element with the id "page".');
render(<App />, root);

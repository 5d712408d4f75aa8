import { baseStyle, policyFor } from '../pages/page-style.ts';

/** Style of the status page. Text beside each colour states its meaning, for people who cannot see the colours. */
export const style = `${baseStyle}
header { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; margin-bottom: 1.25rem; }
h1 { font-size: 1.1rem; margin: 0; font-weight: 600; color: var(--soft); }
h2 { font-size: 1rem; margin: 2.25rem 0 .75rem; color: var(--soft); font-weight: 600; }
a { color: inherit; }
.banner { display: flex; gap: .9rem; align-items: center; padding: 1.1rem 1.25rem; border-radius: .75rem; font-size: 1.35rem; font-weight: 650; }
.banner.up { background: var(--up-bg); color: var(--up); }
.banner.down { background: var(--down-bg); color: var(--down); }
.checked { color: var(--soft); font-size: .9rem; margin: .6rem 0 0; }
ul { list-style: none; margin: 0; padding: 0; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; overflow: hidden; }
li { display: flex; justify-content: space-between; align-items: center; gap: 1rem; padding: .85rem 1.25rem; }
li + li { border-top: 1px solid var(--line); }
.name { font-weight: 600; }
.name small { display: block; font-weight: 400; font-size: .875rem; color: var(--soft); }
.state { flex: none; display: inline-flex; align-items: center; gap: .4rem; padding: .15rem .7rem; border-radius: 1rem; font-size: .875rem; font-weight: 600; }
.state.up { background: var(--up-bg); color: var(--up); }
.state.down { background: var(--down-bg); color: var(--down); }
.state.unknown { background: var(--unknown-bg); color: var(--unknown); }
footer { margin-top: 2rem; color: var(--soft); font-size: .875rem; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
@media (max-width: 30rem) { .banner { font-size: 1.1rem; } li { padding: .75rem 1rem; } }
`;

export const statusPolicy = policyFor(style);

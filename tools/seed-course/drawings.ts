import { box, type Colour, circle, clock, colours, line, oval, person, placed, shape } from './shapes.ts';

/** A picture: colour of the ground, and what is on it. */
export interface Drawing {
  ground: string;
  svg: string;
}

const on = (ground: string, ...parts: string[]): Drawing => ({ ground, svg: parts.join('') });
const sky = '#d9ecfb';
const mint = '#ddf1e4';
const peach = '#fde6d8';
const lemon = '#fdf3cf';
const lilac = '#e9e2f6';
const dusk = '#2c3a63';

const people = {
  mother: person({ hair: 'black', style: 'long', shirt: 'red' }),
  father: person({ hair: 'black', style: 'short', shirt: 'blue', moustache: true }),
  brother: person({ hair: 'black', style: 'short', shirt: 'orange' }),
  sister: person({ hair: 'black', style: 'tails', shirt: 'yellow' }),
  grandmother: person({ hair: 'grey', style: 'bun', shirt: 'purple', glasses: true }),
  grandfather: person({ hair: 'grey', style: 'bald', shirt: 'teal', glasses: true, moustache: true }),
  lan: person({ hair: 'black', style: 'bun', shirt: 'pink' }),
};

const sun = (x: number, y: number, radius: number) =>
  Array.from({ length: 12 }, (_, ray) => {
    const angle = (ray * Math.PI) / 6;
    const at = (length: number) =>
      `${(x + Math.cos(angle) * length).toFixed(1)} ${(y + Math.sin(angle) * length).toFixed(1)}`;
    return line(`M${at(radius + 5)} L${at(radius + 11)}`, 'orange', 3);
  }).join('') + circle(x, y, radius, 'yellow');

const glassOf = (liquid: Colour) =>
  shape('M32 22 L68 22 L63 82 L37 82 Z', 'white', 'opacity=".85"') +
  shape('M33.6 38 L66.4 38 L62.6 80 L37.4 80 Z', liquid) +
  line('M32 22 L37 82 L63 82 L68 22', 'grey', 2.5);

const cupOf = (liquid: Colour, cup: Colour) =>
  line('M70 46 Q86 46 82 58 Q79 67 66 66', cup, 5) +
  shape('M24 42 L72 42 Q72 76 48 76 Q24 76 24 42 Z', cup) +
  oval(48, 43, [24, 6], 'white') +
  oval(48, 43.5, [21, 4.4], liquid) +
  oval(48, 82, [34, 4.5], 'grey') +
  line('M40 32 Q36 26 40 20 M52 32 Q48 26 52 20', 'grey', 2.6);

const plate = oval(50, 66, [40, 17], 'white') + oval(50, 64, [30, 11], 'grey', 'opacity=".35"');

const stars = (
  [
    [18, 22],
    [74, 16],
    [84, 42],
    [30, 44],
    [58, 30],
  ] as const
)
  .map(([x, y]) => circle(x, y, 1.6, 'white'))
  .join('');

const window4 = (x: number, y: number) => box(x, y, [10, 10], 'yellow', 1);

/** Every picture of the course, by the name of its file. */
export const drawings: Record<string, Drawing> = {
  hello: on(
    lemon,
    placed(people.lan, 2, 12, 0.88),
    line('M82 92 L86 66', 'pink', 9),
    circle(86, 58, 7, 'skin'),
    line('M82 53 L79 44 M86 51 L86 41 M90 53 L93 44', 'skin', 3.6),
  ),
  lan: on(peach, people.lan),
  mother: on(sky, people.mother),
  father: on(mint, people.father),
  brother: on(sky, people.brother),
  sister: on(lilac, people.sister),
  grandmother: on(lemon, people.grandmother),
  grandfather: on(peach, people.grandfather),
  family: on(
    mint,
    placed(people.grandfather, -2, 8, 0.46),
    placed(people.grandmother, 56, 8, 0.46),
    placed(people.father, 6, 26, 0.54),
    placed(people.mother, 40, 26, 0.54),
    placed(people.brother, 8, 58, 0.42),
    placed(people.sister, 48, 58, 0.42),
  ),
  doctor: on(
    sky,
    person({ hair: 'black', style: 'bun', shirt: 'white' }),
    line('M36 76 Q36 92 46 92', 'navy', 2.4),
    circle(49, 92, 3.2, 'navy'),
    box(62, 82, [10, 3.4], 'red', 1),
    box(65.3, 78.7, [3.4, 10], 'red', 1),
  ),
  teacher: on(
    mint,
    box(6, 8, [88, 56], 'brown', 3),
    box(10, 12, [80, 48], 'green', 2),
    `<text x="14" y="28" font-family="DejaVu Sans" font-size="12" fill="${colours.white}">ABC</text>`,
    placed(person({ hair: 'brown', style: 'long', shirt: 'purple', glasses: true }), 16, 20, 0.8),
  ),
  farmer: on(lemon, person({ hair: 'black', style: 'short', shirt: 'brown', hat: 'farmer' })),
  morning: on(sky, sun(50, 46, 20), shape('M0 74 Q25 58 50 72 Q75 86 100 68 L100 100 L0 100 Z', 'green')),
  night: on(
    dusk,
    stars,
    shape('M62 24 A26 26 0 1 0 76 62 A21 21 0 1 1 62 24 Z', 'yellow'),
    shape('M0 82 Q30 70 55 82 Q80 92 100 80 L100 100 L0 100 Z', 'navy'),
  ),
  globe: on(
    lilac,
    circle(50, 46, 32, 'blue'),
    shape('M28 34 Q38 20 50 24 Q54 34 44 38 Q42 50 34 50 Q26 44 28 34 Z', 'green'),
    shape('M56 42 Q72 34 78 46 Q76 64 62 68 Q52 58 56 42 Z', 'green'),
    line('M50 82 L50 90 M34 92 L66 92', 'brown', 5),
  ),
  cake: on(
    peach,
    box(20, 52, [60, 30], 'pink', 5),
    shape(
      'M20 60 Q20 50 50 50 Q80 50 80 60 Q75 68 70 60 Q65 70 58 60 Q50 70 42 60 Q35 70 30 60 Q25 68 20 60 Z',
      'white',
    ),
    ...[32, 44, 56, 68].map((x) => box(x - 1.5, 34, [3, 17], 'blue', 1) + oval(x, 29, [2.4, 4.4], 'orange')),
    oval(50, 84, [38, 4.5], 'grey'),
  ),
  cat: on(
    mint,
    line('M74 78 Q92 72 86 54', 'orange', 7),
    oval(52, 74, [26, 22], 'orange'),
    shape('M30 36 L27 12 L44 24 Z M70 36 L73 12 L56 24 Z', 'orange'),
    circle(50, 40, 23, 'orange'),
    oval(42, 38, [3, 4], 'black'),
    oval(58, 38, [3, 4], 'black'),
    shape('M47 46 L53 46 L50 49.5 Z', 'pink'),
    line('M50 50 Q46 54 43 51 M50 50 Q54 54 57 51', 'black', 1.6),
    line('M34 46 L22 44 M34 49 L23 51 M66 46 L78 44 M66 49 L77 51', 'white', 1.3),
  ),
  dog: on(
    sky,
    oval(50, 78, [26, 20], 'brown'),
    circle(50, 42, 24, 'brown'),
    oval(27, 42, [8, 17], 'black', 'opacity=".75"'),
    oval(73, 42, [8, 17], 'black', 'opacity=".75"'),
    oval(50, 52, [13, 10], 'cream'),
    circle(42, 38, 3, 'black'),
    circle(58, 38, 3, 'black'),
    oval(50, 47, [5, 3.6], 'black'),
    shape('M46 56 Q50 66 54 56 Z', 'red'),
  ),
  house: on(
    sky,
    box(24, 46, [52, 40], 'cream'),
    shape('M16 48 L50 18 L84 48 Z', 'red'),
    box(44, 62, [13, 24], 'brown', 1),
    window4(29, 54),
    window4(62, 54),
    shape('M0 86 L100 86 L100 100 L0 100 Z', 'green'),
  ),
  school: on(
    lemon,
    box(12, 46, [76, 40], 'orange'),
    box(38, 32, [24, 54], 'red'),
    shape('M34 34 L50 20 L66 34 Z', 'brown'),
    line('M50 20 L50 8', 'brown', 2),
    shape('M50 8 L64 12 L50 16 Z', 'red'),
    circle(50, 44, 6, 'white'),
    box(44, 66, [12, 20], 'brown', 1),
    ...[17, 27.5, 63.5, 74].map((x) => window4(x, 56)),
    shape('M0 86 L100 86 L100 100 L0 100 Z', 'green'),
  ),
  bus: on(
    mint,
    box(8, 30, [84, 46], 'yellow', 8),
    ...[14, 32, 50, 68].map((x) => box(x, 38, [15, 15], 'white', 2)),
    box(8, 58, [84, 5], 'orange'),
    ...[28, 72].map((x) => circle(x, 77, 9, 'black') + circle(x, 77, 4, 'grey')),
  ),
  bicycle: on(
    sky,
    ...[26, 74].map(
      (x) => `<circle cx="${x}" cy="64" r="17" fill="none" stroke="${colours.black}" stroke-width="3.4"/>`,
    ),
    line('M26 64 L42 40 L66 40 L48 64 Z M66 40 L74 64 M64 30 L66 40 M60 30 L70 30 M42 40 L39 34', 'red', 3.4),
    line('M33 33 L45 33', 'black', 4.4),
    circle(48, 64, 3.6, 'black'),
  ),
  book: on(
    lilac,
    shape('M12 28 Q32 20 50 30 Q68 20 88 28 L88 76 Q68 68 50 78 Q32 68 12 76 Z', 'blue'),
    shape('M16 28 Q34 22 49 32 L49 73 Q34 65 16 71 Z M84 28 Q66 22 51 32 L51 73 Q66 65 84 71 Z', 'white'),
    line(
      'M22 38 Q34 34 43 40 M22 47 Q34 43 43 49 M22 56 Q34 52 43 58 M57 40 Q66 34 78 38 M57 49 Q66 43 78 47 M57 58 Q66 52 78 56',
      'grey',
      2.2,
    ),
  ),
  toothbrush: on(
    mint,
    placed(
      box(8, 46, [62, 8], 'blue', 4) +
        box(66, 46, [24, 8], 'blue', 3) +
        [68, 73, 78, 83].map((x) => box(x, 34, [4, 13], 'white', 1)).join('') +
        shape('M66 32 Q72 24 78 31 Q84 22 90 33 Q88 38 66 38 Z', 'teal'),
      0,
      4,
      1,
    ),
  ),
  calendar: on(
    peach,
    box(16, 22, [68, 64], 'white', 5),
    shape('M16 27 Q16 22 21 22 L79 22 Q84 22 84 27 L84 38 L16 38 Z', 'red'),
    line('M32 16 L32 28 M68 16 L68 28', 'navy', 4),
    ...Array.from({ length: 7 }, (_, day) =>
      box(20.5 + day * 8.6, 44, [6.4, 6.4], day === 2 ? 'orange' : 'grey', 1.4),
    ),
    ...Array.from({ length: 21 }, (_, day) =>
      box(20.5 + (day % 7) * 8.6, 54 + Math.floor(day / 7) * 9.6, [6.4, 6.4], 'cream', 1.4),
    ),
  ),
  'clock-0700': on(lemon, clock('07:00')),
  'clock-0730': on(sky, clock('07:30')),
  'clock-0800': on(mint, clock('08:00')),
  'clock-0945': on(lilac, clock('09:45')),
  rice: on(
    mint,
    shape('M24 50 Q26 26 50 28 Q74 26 76 50 Z', 'white'),
    ...(
      [
        [38, 40],
        [50, 34],
        [60, 42],
        [46, 45],
        [66, 46],
        [33, 47],
      ] as const
    ).map(([x, y]) => oval(x, y, [3.4, 1.6], 'grey', `transform="rotate(${x * 7} ${x} ${y})" opacity=".7"`)),
    shape('M16 50 L84 50 Q80 82 50 82 Q20 82 16 50 Z', 'blue'),
    line('M20 58 Q50 66 80 58', 'white', 2),
    line('M66 34 L94 12 M70 37 L97 18', 'brown', 2.6),
  ),
  bread: on(
    lemon,
    shape('M14 64 Q6 44 26 40 Q50 30 76 40 Q94 44 86 64 Q50 76 14 64 Z', 'orange'),
    shape('M14 64 Q50 76 86 64 Q84 72 78 74 Q50 82 22 74 Q16 72 14 64 Z', 'brown'),
    line('M32 44 L40 58 M47 41 L54 57 M62 42 L69 56', 'cream', 3.6),
  ),
  egg: on(
    sky,
    plate,
    shape('M26 58 Q24 46 40 46 Q50 40 62 47 Q78 48 74 60 Q72 72 52 70 Q30 73 26 58 Z', 'white'),
    circle(51, 57, 9, 'yellow'),
    oval(48, 54, [2.6, 1.8], 'white', 'opacity=".8"'),
  ),
  fish: on(
    peach,
    shape('M66 50 L90 32 L86 50 L90 68 Z', 'blue'),
    shape('M10 50 Q30 22 60 36 Q70 42 74 50 Q70 58 60 64 Q30 78 10 50 Z', 'teal'),
    shape('M38 32 Q46 20 58 34 Z', 'blue'),
    circle(26, 46, 4.4, 'white'),
    circle(25, 46, 2.2, 'black'),
    line('M38 40 Q44 50 38 60 M50 40 Q55 50 50 60', 'white', 2),
  ),
  apple: on(
    mint,
    shape('M50 36 Q34 24 22 38 Q14 58 30 78 Q40 88 50 82 Q60 88 70 78 Q86 58 78 38 Q66 24 50 36 Z', 'red'),
    line('M50 36 Q50 24 56 16', 'brown', 3.4),
    shape('M54 26 Q64 12 78 20 Q70 32 54 26 Z', 'green'),
    oval(33, 50, [4, 8], 'white', 'opacity=".45" transform="rotate(20 33 50)"'),
  ),
  banana: on(
    sky,
    shape('M24 22 Q20 66 56 80 Q74 84 84 74 Q86 70 80 68 Q48 66 36 20 Q30 14 24 22 Z', 'yellow'),
    line('M31 24 Q38 62 76 74', 'orange', 2),
    shape('M23 22 L27 12 L34 14 L36 21 Z', 'brown'),
  ),
  water: on(sky, glassOf('blue')),
  milk: on(lilac, glassOf('cream')),
  tea: on(mint, cupOf('orange', 'teal')),
  coffee: on(peach, cupOf('brown', 'red')),
};

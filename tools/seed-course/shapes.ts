/** Pieces of pictures, as SVG text on a square of 100 by 100. */

export const colours = {
  skin: '#f3c9a2',
  skinDark: '#e3b083',
  black: '#2b2622',
  grey: '#c9ccd1',
  white: '#ffffff',
  red: '#e2574c',
  orange: '#f2994a',
  yellow: '#f7cf53',
  green: '#5fae65',
  teal: '#3aa6a0',
  blue: '#4a86cf',
  navy: '#2f4a7a',
  purple: '#8a6fc0',
  pink: '#ee9ab0',
  brown: '#8a5a3b',
  cream: '#fff4dc',
} as const;
export type Colour = keyof typeof colours;

export const circle = (x: number, y: number, radius: number, colour: Colour, more = '') =>
  `<circle cx="${x}" cy="${y}" r="${radius}" fill="${colours[colour]}" ${more}/>`;

export const oval = (x: number, y: number, radii: [number, number], colour: Colour, more = '') =>
  `<ellipse cx="${x}" cy="${y}" rx="${radii[0]}" ry="${radii[1]}" fill="${colours[colour]}" ${more}/>`;

export const box = (x: number, y: number, size: [number, number], colour: Colour, round = 0) =>
  `<rect x="${x}" y="${y}" width="${size[0]}" height="${size[1]}" rx="${round}" fill="${colours[colour]}"/>`;

/** A filled outline. */
export const shape = (path: string, colour: Colour, more = '') =>
  `<path d="${path}" fill="${colours[colour]}" ${more}/>`;

/** A line with round ends. */
export const line = (path: string, colour: Colour, width: number) =>
  `<path d="${path}" fill="none" stroke="${colours[colour]}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;

export interface Person {
  hair: Colour;
  /** Long hair falls behind the shoulders; a bun sits on top. */
  style: 'short' | 'long' | 'bun' | 'tails' | 'bald';
  shirt: Colour;
  glasses?: boolean;
  moustache?: boolean;
  hat?: 'farmer' | 'none';
}

/** Head and shoulders, looking at us. */
export function person({ hair, style, shirt, glasses, moustache, hat }: Person): string {
  const behind = {
    short: '',
    bald: '',
    bun: circle(50, 17, 8, hair),
    long: shape('M27 40 Q27 16 50 16 Q73 16 73 40 L77 76 L23 76 Z', hair),
    tails: circle(24, 46, 8, hair) + circle(76, 46, 8, hair),
  }[style];
  const top =
    style === 'bald'
      ? circle(30, 38, 5, hair) + circle(70, 38, 5, hair)
      : shape('M29 42 Q28 19 50 19 Q72 19 71 42 Q66 30 55 30 Q38 32 29 42 Z', hair);
  return [
    behind,
    shape('M18 100 Q18 72 50 72 Q82 72 82 100 Z', shirt),
    box(44, 60, [12, 16], 'skinDark', 5),
    circle(50, 44, 21, 'skin'),
    top,
    circle(42, 45, 2.4, 'black'),
    circle(58, 45, 2.4, 'black'),
    circle(36, 52, 3, 'pink', 'opacity=".6"'),
    circle(64, 52, 3, 'pink', 'opacity=".6"'),
    moustache ? line('M43 52 Q47 50 50 52 Q53 50 57 52', hair, 2.6) : '',
    line('M44 55 Q50 60 56 55', 'red', 2.2),
    glasses ? glassesOn(42, 45) + glassesOn(58, 45) + line('M47.5 45 L52.5 45', 'navy', 1.4) : '',
    hat === 'farmer' ? shape('M14 34 Q50 -8 86 34 Q50 26 14 34 Z', 'yellow') : '',
  ].join('');
}

function glassesOn(x: number, y: number): string {
  return `<circle cx="${x}" cy="${y}" r="5.5" fill="none" stroke="${colours.navy}" stroke-width="1.4"/>`;
}

/** Somebody small, for groups: placed and scaled. */
export function placed(drawing: string, x: number, y: number, scale: number): string {
  return `<g transform="translate(${x} ${y}) scale(${scale})">${drawing}</g>`;
}

/** A clock that shows a time, as `07:30`. */
export function clock(time: string): string {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const point = (turns: number, length: number) => {
    const angle = turns * 2 * Math.PI;
    return `${(50 + Math.sin(angle) * length).toFixed(1)} ${(50 - Math.cos(angle) * length).toFixed(1)}`;
  };
  const marks = Array.from(
    { length: 12 },
    (_, hour) => `M${point(hour / 12, hour % 3 === 0 ? 29 : 31)} L${point(hour / 12, 34)}`,
  );
  const numbers = [12, 3, 6, 9].map((hour) => {
    const [x, y] = point(hour / 12, 23).split(' ');
    return `<text x="${x}" y="${Number(y) + 3.6}" text-anchor="middle" font-family="DejaVu Sans" font-weight="bold" font-size="10" fill="${colours.navy}">${hour}</text>`;
  });
  return [
    circle(50, 50, 40, 'navy'),
    circle(50, 50, 36, 'white'),
    line(marks.join(' '), 'navy', 2),
    ...numbers,
    line(`M50 50 L${point(hours / 12 + minutes / 720, 17)}`, 'black', 4.5),
    line(`M50 50 L${point(minutes / 60, 29)}`, 'red', 3),
    circle(50, 50, 3, 'black'),
  ].join('');
}

// Three places as cameras see them, drawn on a canvas. Time goes from 0 to 1 and begins again.

const [width, height] = [640, 426];

/** Numbers that look random and are the same each time. */
function makeRandom(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

function fill(context, style, points) {
  context.fillStyle = style;
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.fill();
}

function fade(context, y1, y2, top, bottom) {
  const gradient = context.createLinearGradient(0, y1, 0, y2);
  gradient.addColorStop(0, top);
  gradient.addColorStop(1, bottom);
  return gradient;
}

function blob(context, x, y, radiusX, radiusY, style) {
  context.fillStyle = style;
  context.beginPath();
  context.ellipse(x, y, radiusX, radiusY, 0, 0, 2 * Math.PI);
  context.fill();
}

function drawTree(context, x, y, size, random, sway) {
  context.fillStyle = '#5b4636';
  context.fillRect(x - size * 0.06, y - size * 0.55, size * 0.12, size * 0.55);
  for (let i = 0; i < 26; i++) {
    const [angle, far] = [random() * 2 * Math.PI, Math.sqrt(random()) * size * 0.34];
    const light = 26 + random() * 18;
    const leafX = x + Math.cos(angle) * far + sway * (0.5 + random());
    blob(context, leafX, y - size * 0.78 + Math.sin(angle) * far, size * 0.13, size * 0.11, `hsl(105 32% ${light}%)`);
  }
}

function drawHouse(context, x, base, w, h, wall, roof) {
  fill(context, roof, [
    [x - 10, base - h],
    [x + w * 0.5, base - h * 1.45],
    [x + w + 10, base - h],
  ]);
  context.fillStyle = wall;
  context.fillRect(x, base - h, w, h);
  for (let row = 0; row < 2; row++) {
    for (let column = 0; column < 3; column++) {
      const [left, top] = [x + w * (0.12 + column * 0.29), base - h * (0.88 - row * 0.45)];
      context.fillStyle = '#f4efe6';
      context.fillRect(left - 3, top - 3, w * 0.18 + 6, h * 0.24 + 6);
      context.fillStyle = fade(context, top, top + h * 0.24, '#8fa9bd', '#4f6477');
      context.fillRect(left, top, w * 0.18, h * 0.24);
    }
  }
}

function drawCar(context, x, y, size, paint) {
  blob(context, x, y + size * 0.02, size * 0.56, size * 0.06, '#00000055');
  fill(context, paint, [
    [x - size * 0.52, y - size * 0.06],
    [x - size * 0.5, y - size * 0.2],
    [x - size * 0.3, y - size * 0.24],
    [x - size * 0.17, y - size * 0.39],
    [x + size * 0.18, y - size * 0.39],
    [x + size * 0.33, y - size * 0.24],
    [x + size * 0.5, y - size * 0.19],
    [x + size * 0.52, y - size * 0.06],
  ]);
  fill(context, '#2b3946', [
    [x - size * 0.25, y - size * 0.24],
    [x - size * 0.15, y - size * 0.36],
    [x + size * 0.16, y - size * 0.36],
    [x + size * 0.27, y - size * 0.24],
  ]);
  for (const side of [-0.3, 0.31]) {
    blob(context, x + side * size, y - size * 0.05, size * 0.1, size * 0.1, '#1d1f22');
    blob(context, x + side * size, y - size * 0.05, size * 0.045, size * 0.045, '#aab2b8');
  }
}

function drawPerson(context, x, y, size, step, coat) {
  blob(context, x, y, size * 0.2, size * 0.04, '#00000044');
  context.lineWidth = size * 0.09;
  context.lineCap = 'round';
  context.strokeStyle = '#2c3340';
  for (const leg of [-1, 1]) {
    context.beginPath();
    context.moveTo(x, y - size * 0.42);
    context.lineTo(x + leg * step * size * 0.17, y - size * 0.02);
    context.stroke();
  }
  blob(context, x, y - size * 0.6, size * 0.14, size * 0.25, coat);
  blob(context, x, y - size * 0.92, size * 0.09, size * 0.1, '#d9a98a');
}

function drawStreet(context, time) {
  const random = makeRandom(7);
  context.fillStyle = fade(context, 0, 230, '#9fc4e6', '#e6eef3');
  context.fillRect(0, 0, width, height);
  blob(context, 150 + time * 20, 50, 60, 14, '#ffffffaa');
  blob(context, 460 + time * 14, 80, 80, 12, '#ffffff88');
  drawHouse(context, 20, 240, 150, 110, '#d8c3a5', '#8a4b3a');
  drawHouse(context, 205, 240, 130, 95, '#b9c7c9', '#5d6670');
  drawHouse(context, 380, 240, 170, 120, '#e2d5b8', '#7b3f35');
  context.fillStyle = '#86986b';
  context.fillRect(0, 236, width, 20);
  for (const [x, size] of [
    [188, 120],
    [358, 100],
    [600, 170],
  ]) {
    drawTree(context, x, 250, size, random, Math.sin(time * 2 * Math.PI) * 1.5);
  }
  context.fillStyle = fade(context, 252, 275, '#c3c0b8', '#aeaba3');
  context.fillRect(0, 252, width, 26);
  context.fillStyle = fade(context, 276, height, '#6d7075', '#4b4d52');
  context.fillRect(0, 276, width, height);
  context.fillStyle = '#e7e3d4';
  for (let x = -60; x < width; x += 90) context.fillRect(x, 340, 50, 6);
  drawPerson(context, 90 + time * 230, 270, 62, Math.sin(time * 40), '#a2423d');
  drawCar(context, width + 90 - time * (width + 180), 330, 130, '#2f6f9f');
  drawCar(context, time * (width + 260) - 160, 396, 170, '#c9ccd0');
}

function drawGarden(context, time) {
  const random = makeRandom(23);
  context.fillStyle = fade(context, 0, 170, '#bcd4e6', '#eef2ee');
  context.fillRect(0, 0, width, height);
  for (let x = 20; x < width; x += 75) drawTree(context, x, 190, 130 + random() * 50, random, 0);
  context.fillStyle = '#9b7b57';
  for (let x = 0; x < width; x += 22) context.fillRect(x, 165, 18, 50);
  context.fillStyle = fade(context, 210, height, '#88a95b', '#5f8740');
  context.fillRect(0, 210, width, height);
  fill(context, '#cdbf9f', [
    [300, 215],
    [350, 215],
    [470, height],
    [190, height],
  ]);
  for (let i = 0; i < 90; i++) {
    const [x, y] = [random() * 170 + (i % 2) * 460, 235 + random() * 150];
    blob(context, x, y, 5, 4, ['#d9576a', '#e8c547', '#f3f0e6', '#a773c3'][i % 4]);
  }
  drawTree(context, 520, 330, 230, random, Math.sin(time * 2 * Math.PI) * 2);
  const x = 620 - time * 560;
  blob(context, x, 322, 30, 5, '#00000033');
  blob(context, x, 306, 24, 11, '#35312e');
  blob(context, x - 26, 298, 10, 9, '#35312e');
  context.strokeStyle = '#35312e';
  context.lineWidth = 5;
  context.beginPath();
  context.moveTo(x + 20, 302);
  context.quadraticCurveTo(x + 42, 296, x + 40, 278 + Math.sin(time * 60) * 4);
  context.stroke();
  for (const leg of [-14, -6, 8, 16]) context.fillRect(x + leg + Math.sin(time * 90 + leg) * 3, 312, 4, 12);
}

function drawYard(context, time) {
  context.fillStyle = fade(context, 0, height, '#9c8f80', '#b3a794');
  context.fillRect(0, 0, width, 270);
  context.strokeStyle = '#8b7f7155';
  context.lineWidth = 1;
  for (let y = 0; y < 270; y += 18) {
    context.beginPath();
    context.moveTo(0, y);
    context.lineTo(width, y);
    context.stroke();
  }
  context.fillStyle = '#5a3e2b';
  context.fillRect(80, 60, 120, 210);
  context.fillStyle = '#6d4c35';
  context.fillRect(92, 74, 96, 80);
  context.fillRect(92, 168, 96, 88);
  blob(context, 180, 165, 5, 5, '#d9c27a');
  context.fillStyle = '#e9e5da';
  context.fillRect(290, 50, 300, 220);
  context.strokeStyle = '#c4beb0';
  context.lineWidth = 4;
  for (let y = 80; y < 270; y += 38) context.strokeRect(292, y, 296, 38);
  context.fillStyle = fade(context, 268, height, '#8d8f92', '#6a6c70');
  context.fillRect(0, 268, width, height);
  fill(context, '#9c9da0', [
    [80, 270],
    [200, 270],
    [230, height],
    [20, height],
  ]);
  drawCar(context, 455, 362, 260, '#7a2230');
  for (const x of [60, 225]) {
    blob(context, x, 262, 22, 10, '#a65b3c');
    blob(context, x, 236, 26, 30, '#4f7a45');
  }
  drawPerson(context, 330 - time * 170, 400 - time * 60, 175, Math.sin(time * 50), '#3d6b57');
}

const scenes = { street: drawStreet, garden: drawGarden, yard: drawYard };

/** A JPEG in base64 of a place at a time from 0 to 1. */
window.drawScene = (name, time) => {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  scenes[name](canvas.getContext('2d'), time);
  return canvas.toDataURL('image/jpeg', 0.92).split(',')[1];
};

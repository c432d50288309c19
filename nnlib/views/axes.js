// Two axes around a box: where a value lies in pixels, with grid lines, numbers and names.

// `x` and `y` are { low, high, ticks: [[value, text], …], name }; a logarithmic axis gets logarithms.
export function draw_axes(ctx, colours, box, x, y) {
  const { left, top, right, bottom } = box;
  const to_x = (value) => left + ((right - left) * (value - x.low)) / (x.high - x.low);
  const to_y = (value) => bottom - ((bottom - top) * (value - y.low)) / (y.high - y.low);
  ctx.save();
  ctx.font = "11px sans-serif";
  ctx.fillStyle = colours.quiet;
  ctx.strokeStyle = colours.line;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.textAlign = "center";
  for (const [value, text] of x.ticks) {
    ctx.moveTo(to_x(value), top);
    ctx.lineTo(to_x(value), bottom);
    ctx.fillText(text, to_x(value), bottom + 14);
  }
  ctx.textAlign = "right";
  for (const [value, text] of y.ticks) {
    ctx.moveTo(left, to_y(value));
    ctx.lineTo(right, to_y(value));
    ctx.fillText(text, left - 5, to_y(value) + 4);
  }
  ctx.stroke();
  ctx.fillStyle = colours.text;
  ctx.textAlign = "right";
  if (x.name) ctx.fillText(x.name, right, bottom + 28);
  ctx.textAlign = "left";
  if (y.name) ctx.fillText(y.name, 2, top - 7);
  ctx.restore();
  return { to_x, to_y };
}

// About `count` round numbers from low to high, each with its text.
export function round_ticks(low, high, count = 5) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((part) => part * power >= 0.999 * rough);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i += 1) {
    ticks.push([i * step, (i * step).toFixed(decimals).replace("-", "\u2212")]);
  }
  return ticks;
}

// Every `every`-th power of ten between two logarithms.
export function power_ticks(low, high, every = 1) {
  const ticks = [];
  for (let power = Math.ceil(low / every) * every; power <= high; power += every) {
    ticks.push([power, power_text(power)]);
  }
  return ticks;
}

function power_text(power) {
  if (power === 0) return "1";
  const digits = [...String(Math.abs(power))].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("");
  return `10${power < 0 ? "⁻" : ""}${digits}`;
}

// A line through points, in pixels.
export function polyline(ctx, points) {
  ctx.beginPath();
  for (const [x, y] of points) ctx.lineTo(x, y);
  ctx.stroke();
}

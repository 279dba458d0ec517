/**
 * The singular values of a square matrix (R, R) given row by row, largest first, to some 1e-9 of the largest. Householder reflections make it
 * bidiagonal; that matrix's singular values are the positive eigenvalues of the symmetric tridiagonal one of order 2R whose diagonal is 0 and
 * beside it d1, e1, d2, e2, …, which bisection finds by counting signs. Source: Golub and Kahan (1965).
 */
export function singularValues(matrix: ArrayLike<number>, size: number): Float64Array {
  const beside = bidiagonal(Float64Array.from(matrix), size);
  const squares = beside.map((value) => value * value);
  let bound = 0;
  for (let i = 0; i < beside.length; i++) {
    bound = Math.max(bound, Math.abs(beside[i]!) + Math.abs(beside[i + 1] ?? 0));
  }
  const found = new Float64Array(size);
  let above = bound * (1 + 1e-12);
  for (let place = 0; place < size; place++) {
    // The value at `place` (from the largest) is the least x with at most `place` values above it.
    let [low, high] = [0, above];
    while (high - low > bound * 1e-9) {
      const middle = (low + high) / 2;
      if (countBelow(squares, middle) - size >= size - place) high = middle;
      else low = middle;
    }
    found[place] = (low + high) / 2;
    above = high;
  }
  return found;
}

/** Eigenvalues below x of the symmetric tridiagonal matrix with a diagonal of 0: the signs of its pivots. */
function countBelow(squares: Float64Array, x: number): number {
  let count = 0;
  let pivot = -x;
  for (let i = 0; i <= squares.length; i++) {
    if (i > 0) pivot = -x - squares[i - 1]! / pivot;
    if (pivot === 0) pivot = -Number.MIN_VALUE * 1e30;
    if (pivot < 0) count++;
  }
  return count;
}

/** d1, e1, d2, …, dR of the bidiagonal form, by reflections from both sides; `a` is used up. */
function bidiagonal(a: Float64Array, size: number): Float64Array {
  const beside = new Float64Array(Math.max(0, 2 * size - 1));
  const v = new Float64Array(size);
  const products = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    for (let i = k; i < size; i++) v[i] = a[i * size + k]!;
    beside[2 * k] = reflector(v, k, size, (scale) => {
      products.fill(0);
      for (let i = k; i < size; i++) for (let j = k + 1; j < size; j++) products[j]! += v[i]! * a[i * size + j]!;
      for (let i = k; i < size; i++) {
        const factor = scale * v[i]!;
        for (let j = k + 1; j < size; j++) a[i * size + j]! -= factor * products[j]!;
      }
    });
    if (k + 1 === size) break;
    for (let j = k + 1; j < size; j++) v[j] = a[k * size + j]!;
    beside[2 * k + 1] = reflector(v, k + 1, size, (scale) => {
      for (let i = k + 1; i < size; i++) {
        let product = 0;
        for (let j = k + 1; j < size; j++) product += v[j]! * a[i * size + j]!;
        for (let j = k + 1; j < size; j++) a[i * size + j]! -= scale * product * v[j]!;
      }
    });
  }
  return beside;
}

/** Turns v[from…] into the vector of I - scale v vᵀ that leaves only the first entry, lets `apply` use it, and gives that entry. */
function reflector(v: Float64Array, from: number, size: number, apply: (scale: number) => void): number {
  let square = 0;
  for (let i = from; i < size; i++) square += v[i]! * v[i]!;
  if (square === 0) return 0;
  const first = v[from]!;
  const left = first > 0 ? -Math.sqrt(square) : Math.sqrt(square);
  v[from] = first - left;
  apply(2 / (square - first * first + v[from]! * v[from]!));
  return left;
}

// A handler that ends as its event says. `counted` runs once a call, whatever comes after it.
const counted = (n) => {
  return n + 1;
};
let calls = 0;

const ways = {
  value: (event) => ({ n: event.n, text: "x".repeat(event.size) }),
  nothing: () => undefined,
  sleep: (event) => new Promise((resolve) => setTimeout(resolve, event.ms, { slept: event.ms })),
  throw: (event) => {
    throw Object.assign(new TypeError(`thrown ${event.n}`), { code: "E_SOAK" });
  },
  reject: (event) => Promise.reject(new RangeError(`rejected ${event.n}`)),
  throwText: (event) => {
    throw `only text ${event.n}`;
  },
  log: (event) => {
    console.log(`own line ${event.n}`);
    console.error(`own error line ${event.n}`);
    return "logged";
  },
  compute: (event) => {
    let sum = 0;
    for (let i = 0; i < event.size * 100; i++) sum = (sum * 31 + i) % 1000003;
    return sum;
  },
  hot: (event) => {
    let sum = 0;
    for (let i = 0; i < event.size; i++) sum += hotOf(event.n)(i);
    return sum;
  },
  wait: () => new Promise((resolve) => setTimeout(resolve, 60_000)),
  spin: () => {
    for (;;) counted.name;
  },
  exit: () => process.exit(7),
  uncaught: () => {
    setTimeout(() => {
      throw new RangeError("uncaught");
    }, 5);
    return new Promise((resolve) => setTimeout(resolve, 1_000));
  },
  unhandled: () => {
    Promise.reject(new RangeError("unhandled"));
    return new Promise((resolve) => setTimeout(resolve, 1_000));
  },
  exitLater: () => {
    setTimeout(() => process.exit(9), 10);
    return new Promise(() => undefined);
  },
  // By the deadline, not by the handler's begin: after a crash, the next process's init is part of the invocation.
  late: ({ reserveMs }, context) =>
    new Promise((resolve) =>
      setTimeout(resolve, context.getRemainingTimeInMillis() - reserveMs, "just in time"),
    ),
  kill: () => killMyself("SIGKILL"),
  term: () => killMyself("SIGTERM"),
};

// A process's first invocation leaves its marker from the first statement on. The marker of a later one is written
// some 25 ms after its begin: what is killed before that is not known.
function killMyself(signal) {
  const kill = () => process.kill(process.pid, signal);
  if (calls === 1) kill();
  else setTimeout(kill, 250);
  return new Promise(() => undefined);
}

// Small functions that V8 optimises and inlines.
const add = (n) => n + 1;
const twice = (n) => add(n) * 2;
class Box {
  #held = 1;
  get held() {
    return this.#held;
  }
  put(n) {
    this.#held = n;
    return this;
  }
}
const box = (n) => new Box().put(n).held;
const hotOf = (n) => [add, twice, box][n];

// Branches that only some events reach: what `new` mode has to find.
const branchy = (n) => {
  if (n % 3 === 0) return "fizz";
  if (n % 5 === 0) return n > 20 ? "late buzz" : "buzz";
  return n % 7 === 0 ? "bazz" : "plain";
};

exports.asynchronous = async (event, context) => {
  calls++;
  counted(event.n);
  branchy(event.n);
  return await ways[event.way](event, context);
};

exports.promised = (event, context) => {
  calls++;
  counted(event.n);
  branchy(event.n);
  return new Promise((resolve) => resolve(ways[event.way](event, context)));
};

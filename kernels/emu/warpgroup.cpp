// Products of four warps, of factors in shared memory without swizzle, as late as the rules allow, or at once, as the schedule says: a warp's part is
// computed when it waits for it or when it is issued, and what the factors hold must be the same at both times.
#include "async_proxy.h"
#include "device_memory.h"
#include "runtime.h"
#include <cstring>

namespace emulator {

constexpr uint32_t reserved_shared = 1024;  // a device's shared addresses do not begin at 0 either

uint32_t shared_address(const void *shared, int line) {
    require_shared(shared, 16, 16, line, "a factor");
    return uint32_t(static_cast<const char *>(shared) - current->shared) + reserved_shared;
}

// The place of row r's 8 values from column 8*half on: eight rows of 16 bytes are together.
static const char *row_of(uint64_t factor, int r, int half, int line) {
    if (factor >> 46) fail(line, "a factor is swizzled, or has a base offset, which is not emulated");
    auto field = [&](int shift) { return uint32_t(factor >> shift & 0x3fff) << 4; };
    const int64_t at = int64_t(field(0)) + r / 8 * int64_t(field(32)) + r % 8 * 16 + half * int64_t(field(16)) - reserved_shared;
    const char *p = current->shared + at;
    require_shared(p, 16, 16, line, "a factor");
    return p;
}

static void load(uint16_t (&rows)[16], uint64_t factor, int r, int line) {
    for (int half = 0; half < 2; half++) memcpy(rows + 8 * half, row_of(factor, r, half, line), 16);
}

static float to_float(uint16_t bits) {
    const uint32_t word = uint32_t(bits) << 16;
    float x;
    memcpy(&x, &word, 4);
    return x;
}

static Sums &sums_of(WarpProducts &w, const float *d) {
    for (Sums &s : w.sums)
        if (s.registers[0] == d) return s;
    fail(0, "a product without sums");
}

// What the factors hold when a product is waited for is what it may have read.
static void require_unchanged(const Product &p, unsigned warp) {
    uint16_t row[16];
    bool same = true;
    for (int r = 0; r < 16; r++) {
        load(row, p.a, int(warp % 4) * 16 + r, p.line);
        same = same && memcmp(row, p.rows[r], sizeof row) == 0;
    }
    for (int n = 0; n < 64; n++) {
        load(row, p.b, n, p.line);
        same = same && memcmp(row, p.columns[n], sizeof row) == 0;
    }
    if (!same) fail(p.line, "race: a factor changes while a product that was not waited for reads it");
}

static void compute(WarpProducts &w, Product &p) {
    float columns[16][64];
    for (int n = 0; n < 64; n++)
        for (int k = 0; k < 16; k++) columns[k][n] = to_float(p.columns[n][k]);
    Sums &s = sums_of(w, p.d);
    for (int m = 0; m < 16; m++) {
        if (!p.add) memset(s.values[m], 0, sizeof s.values[m]);
        for (int k = 0; k < 16; k++) {
            const float a = to_float(p.rows[m][k]);
            for (int n = 0; n < 64; n++) s.values[m][n] += a * columns[k][n];
        }
    }
    p.done = true;
    current->counts.products++;
}

// The place of a lane's i-th register: rows from 0 to 15, columns.
static float &value_of(Sums &s, int lane, int i) { return s.values[lane / 4 + i / 2 % 2 * 8][i / 4 * 8 + lane % 4 * 2 + i % 2]; }

static void agree(Block &block, unsigned warp, WarpProducts &w, const Agreement &now) {
    std::vector<Agreement> &agreed = block.agreements[warp / 4];
    if (w.issued == agreed.size()) {
        agreed.push_back(now);
    } else {
        const Agreement &other = agreed[w.issued];
        if (other.a != now.a || other.b != now.b || other.add != now.add || other.line != now.line)
            fail(now.line, "the four warps of a group do not issue the same products: another has one of line %d here", other.line);
    }
    w.issued++;
}

static void issue(Block &block, Warp &warp, const Exchange &exchange, int line) {
    const unsigned index = block.running->index / 32;
    WarpProducts &w = block.products[index];
    Product p{exchange.factors[0][0], exchange.factors[0][1], exchange.words[0] != 0, false, w.group, line,
              static_cast<float *>(const_cast<void *>(exchange.addresses[0])), {}, {}};
    for (int lane = 1; lane < 32; lane++)
        if (exchange.factors[lane][0] != p.a || exchange.factors[lane][1] != p.b || (exchange.words[lane] != 0) != p.add)
            fail(line, "lanes of a warp give different factors");
    agree(block, index, w, {p.a, p.b, p.add, line});
    bool known = false;
    for (const Sums &s : w.sums) known = known || s.registers[0] == p.d;
    if (!known) {
        if (!w.begun) fail(line, "wgmma_begin is missing between other uses of the sums and a product");
        Sums s;
        for (int lane = 0; lane < 32; lane++) {
            s.registers[lane] = static_cast<float *>(const_cast<void *>(exchange.addresses[lane]));
            for (int i = 0; i < 32; i++) value_of(s, lane, i) = s.registers[lane][i];
            memset(s.registers[lane], poison, 32 * sizeof(float));
        }
        w.sums.push_back(s);
    }
    auto read = [&](uint16_t(&row)[16], uint64_t factor, int r) {
        for (int half = 0; half < 2; half++) check_access(row_of(factor, r, half, line), 16, AccessKind::proxy_read, line, nullptr);
        load(row, factor, r, line);
    };
    for (int r = 0; r < 16; r++) read(p.rows[r], p.a, int(index % 4) * 16 + r);
    for (int n = 0; n < 64; n++) read(p.columns[n], p.b, n);
    w.products.push_back(p);
    // In the order of issue, so only if none is left from before.
    bool now = block.schedule == Schedule::eager || (block.schedule == Schedule::random && next_random(block.random) & 1);
    for (size_t i = 0; i + 1 < w.products.size(); i++) now = now && w.products[i].done;
    if (now) compute(w, w.products.back());
}

void group_multiply(float *d, uint64_t a, uint64_t b, bool add, int line) {
    Block &block = *current;
    if (!options().hopper) fail(line, "wgmma is of compute capability 9.0, and the emulated device has 8.0: TWEEDIE_EMULATOR_CAPABILITY=9.0");
    if (block.threads % 128) fail(line, "wgmma is for groups of four warps, and the block has %u threads", block.threads);
    Warp &warp = join(block, WarpOperation::wgmma, 0xffffffffu, line);
    const int lane = int(block.running->index % 32);
    Exchange &exchange = warp.exchange[warp.turn];
    exchange.factors[lane][0] = a, exchange.factors[lane][1] = b, exchange.words[lane] = add;
    exchange.addresses[lane] = d;
    meet(block, warp, [&] { issue(block, warp, exchange, line); });
}

void group_begin(int line) {
    Warp &warp = join(*current, WarpOperation::wgmma_begin, 0xffffffffu, line);
    meet(*current, warp, [] { current->products[current->running->index / 32].begun = true; });
}

void group_commit(int line) {
    Warp &warp = join(*current, WarpOperation::wgmma_commit, 0xffffffffu, line);
    meet(*current, warp, [] { current->products[current->running->index / 32].group++; });
}

static void wait(Block &block, int newest_unfinished) {
    const unsigned index = block.running->index / 32;
    WarpProducts &w = block.products[index];
    std::vector<Product> left;
    for (Product &p : w.products) {
        if (p.group >= w.group - newest_unfinished) {
            left.push_back(p);
            continue;
        }
        require_unchanged(p, index);
        if (!p.done) compute(w, p);
    }
    w.products.swap(left);
    std::vector<Sums> kept;
    for (Sums &s : w.sums) {
        bool used = false;
        for (const Product &p : w.products) used = used || p.d == s.registers[0];
        if (used) {
            kept.push_back(s);
            continue;
        }
        for (int lane = 0; lane < 32; lane++)
            for (int i = 0; i < 32; i++) s.registers[lane][i] = value_of(s, lane, i);
        w.begun = false;
    }
    w.sums.swap(kept);
}

void group_wait(int newest_unfinished, int line) {
    Warp &warp = join(*current, WarpOperation::wgmma_wait, 0xffffffffu, line);
    meet(*current, warp, [&] { wait(*current, newest_unfinished); });
}

void end_thread(Block &block) {
    if (!block.products[block.running->index / 32].sums.empty()) fail(0, "the thread returns with products that it never waited for");
}

std::string leftovers(const Block &block) {
    for (size_t warp = 0; warp < block.warps.size(); warp++)
        if (block.products[warp].issued != block.agreements[warp / 4].size())
            return std::string(block.kernel->name) + ": the four warps of a group issue different numbers of products";
    for (const Barrier &b : block.barriers)
        if (!b.copies.empty() || b.bytes) return std::string(block.kernel->name) + ": a block ends while copies into its shared memory are under way";
    return "";
}

}  // namespace emulator

// Order as ipvsadm's: by differences that wrap, which is no order, so that what comes of it hangs on the algorithm. That is the
// merge sort of glibc's qsort().
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lvskeeper {

inline int32_t Difference(uint32_t a, uint32_t b) { return static_cast<int32_t>(a - b); }

template <typename Item, typename Compare>
void MergeRange(std::vector<Item>& items, size_t from, size_t end, std::vector<Item>& spare, Compare compare) {
  if (end - from < 2) return;
  const size_t middle = from + (end - from) / 2;
  MergeRange(items, from, middle, spare, compare);
  MergeRange(items, middle, end, spare, compare);
  size_t left = from;
  size_t right = middle;
  for (size_t to = from; to < end; to++) {
    const bool takeLeft = right == end || (left < middle && compare(items[left], items[right]) <= 0);
    spare[to] = items[takeLeft ? left++ : right++];
  }
  std::copy(spare.begin() + static_cast<ptrdiff_t>(from), spare.begin() + static_cast<ptrdiff_t>(end),
            items.begin() + static_cast<ptrdiff_t>(from));
}

template <typename Item, typename Compare>
void MergeSort(std::vector<Item>& items, Compare compare) {
  std::vector<Item> spare(items);
  MergeRange(items, 0, items.size(), spare, compare);
}

}  // namespace lvskeeper

;; The inner loops over 8-bit codes, as WebAssembly text: JavaScript has no vector instructions, and
;; onnxruntime reads a large matrix for one query slower than memory delivers it.
;;
;; Codes are bytes c with offset 128; a row's approximate product with a query of whole numbers p is
;; factor * scale * (sum of c * p - offset), where offset = 128 * sum of p. Rows whose product plus error
;; reaches the query's floor are appended to a list of (row: i32, upper bound: f32).
(module
  (import "shard" "memory" (memory 1))

  ;; Copies listed rows of codes, scales and errors one after the other.
  (func (export "gather")
    (param $list i32) (param $rows i32) (param $width i32)
    (param $codes i32) (param $scales i32) (param $errors i32)
    (param $to_codes i32) (param $to_scales i32) (param $to_errors i32)
    (local $row i32) (local $from i32) (local $end i32)
    (local.set $rows (i32.add (local.get $list) (i32.shl (local.get $rows) (i32.const 2))))
    (loop $next_row
      (local.set $row (i32.load (local.get $list)))
      (f32.store (local.get $to_scales)
        (f32.load (i32.add (local.get $scales) (i32.shl (local.get $row) (i32.const 2)))))
      (f32.store (local.get $to_errors)
        (f32.load (i32.add (local.get $errors) (i32.shl (local.get $row) (i32.const 2)))))
      (local.set $from (i32.add (local.get $codes) (i32.mul (local.get $row) (local.get $width))))
      (local.set $end (i32.add (local.get $from) (local.get $width)))
      (loop $next_sixteen
        (v128.store (local.get $to_codes) (v128.load (local.get $from)))
        (local.set $to_codes (i32.add (local.get $to_codes) (i32.const 16)))
        (local.set $from (i32.add (local.get $from) (i32.const 16)))
        (br_if $next_sixteen (i32.lt_u (local.get $from) (local.get $end))))
      (local.set $to_scales (i32.add (local.get $to_scales) (i32.const 4)))
      (local.set $to_errors (i32.add (local.get $to_errors) (i32.const 4)))
      (local.set $list (i32.add (local.get $list) (i32.const 4)))
      (br_if $next_row (i32.lt_u (local.get $list) (local.get $rows)))))

  ;; Sum of c * p of one row, exact while it fits in 32 bits.
  (func $sum (param $codes i32) (param $width i32) (param $query i32) (result i32)
    (local $end i32) (local $low v128) (local $high v128)
    (local.set $end (i32.add (local.get $codes) (local.get $width)))
    (loop $next_sixteen
      (local.set $low (i32x4.add (local.get $low)
        (i32x4.dot_i16x8_s (v128.load8x8_u (local.get $codes)) (v128.load (local.get $query)))))
      (local.set $high (i32x4.add (local.get $high)
        (i32x4.dot_i16x8_s (v128.load8x8_u offset=8 (local.get $codes))
          (v128.load offset=16 (local.get $query)))))
      (local.set $query (i32.add (local.get $query) (i32.const 32)))
      (local.set $codes (i32.add (local.get $codes) (i32.const 16)))
      (br_if $next_sixteen (i32.lt_u (local.get $codes) (local.get $end))))
    (local.set $low (i32x4.add (local.get $low) (local.get $high)))
    (i32.add
      (i32.add (i32x4.extract_lane 0 (local.get $low)) (i32x4.extract_lane 1 (local.get $low)))
      (i32.add (i32x4.extract_lane 2 (local.get $low)) (i32x4.extract_lane 3 (local.get $low)))))

  ;; The same of two rows, which share the loads of the query.
  (func $sums (param $a i32) (param $b i32) (param $width i32) (param $query i32)
    (result i32 i32)
    (local $end i32) (local $low v128) (local $high v128)
    (local $a0 v128) (local $a1 v128) (local $b0 v128) (local $b1 v128)
    (local.set $end (i32.add (local.get $a) (local.get $width)))
    (loop $next_sixteen
      (local.set $low (v128.load (local.get $query)))
      (local.set $high (v128.load offset=16 (local.get $query)))
      (local.set $a0 (i32x4.add (local.get $a0)
        (i32x4.dot_i16x8_s (v128.load8x8_u (local.get $a)) (local.get $low))))
      (local.set $b0 (i32x4.add (local.get $b0)
        (i32x4.dot_i16x8_s (v128.load8x8_u (local.get $b)) (local.get $low))))
      (local.set $a1 (i32x4.add (local.get $a1)
        (i32x4.dot_i16x8_s (v128.load8x8_u offset=8 (local.get $a)) (local.get $high))))
      (local.set $b1 (i32x4.add (local.get $b1)
        (i32x4.dot_i16x8_s (v128.load8x8_u offset=8 (local.get $b)) (local.get $high))))
      (local.set $query (i32.add (local.get $query) (i32.const 32)))
      (local.set $b (i32.add (local.get $b) (i32.const 16)))
      (local.set $a (i32.add (local.get $a) (i32.const 16)))
      (br_if $next_sixteen (i32.lt_u (local.get $a) (local.get $end))))
    (local.set $a0 (i32x4.add (local.get $a0) (local.get $a1)))
    (local.set $b0 (i32x4.add (local.get $b0) (local.get $b1)))
    ;; Pairs of both, then both sums.
    (local.set $a0 (i32x4.add
      (i8x16.shuffle 0 1 2 3 16 17 18 19 8 9 10 11 24 25 26 27 (local.get $a0) (local.get $b0))
      (i8x16.shuffle 4 5 6 7 20 21 22 23 12 13 14 15 28 29 30 31 (local.get $a0) (local.get $b0))))
    (i32.add (i32x4.extract_lane 0 (local.get $a0)) (i32x4.extract_lane 2 (local.get $a0)))
    (i32.add (i32x4.extract_lane 1 (local.get $a0)) (i32x4.extract_lane 3 (local.get $a0))))

  ;; One query of 16-bit numbers against consecutive rows. Returns how many rows were appended.
  (func (export "scan")
    (param $codes i32) (param $scales i32) (param $errors i32) (param $rows i32) (param $width i32)
    (param $query i32) (param $offset i32) (param $factor f32) (param $floor f32) (param $out i32)
    (result i32)
    (local $row i32) (local $start i32)
    (local.set $start (local.get $out))
    ;; One row after the other: memory delivers two streams at once far slower.
    (loop $next_row
      (local.set $out (call $append (local.get $row) (local.get $scales) (local.get $errors)
        (i32.sub
          (call $sum (local.get $codes) (local.get $width) (local.get $query))
          (local.get $offset))
        (local.get $factor) (local.get $floor) (local.get $out)))
      (local.set $codes (i32.add (local.get $codes) (local.get $width)))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br_if $next_row (i32.lt_u (local.get $row) (local.get $rows))))
    (i32.shr_u (i32.sub (local.get $out) (local.get $start)) (i32.const 3)))

  ;; Appends a row to a list when its upper bound reaches the floor; returns where the list ends.
  (func $append (param $row i32) (param $scales i32) (param $errors i32) (param $sum i32)
    (param $factor f32) (param $floor f32) (param $out i32) (result i32)
    (local $upper f32)
    (local.set $upper (f32.add
      (f32.load (i32.add (local.get $errors) (i32.shl (local.get $row) (i32.const 2))))
      (f32.mul
        (f32.load (i32.add (local.get $scales) (i32.shl (local.get $row) (i32.const 2))))
        (f32.mul (local.get $factor) (f32.convert_i32_s (local.get $sum))))))
    (if (f32.ge (local.get $upper) (local.get $floor)) (then
      (i32.store (local.get $out) (local.get $row))
      (f32.store offset=4 (local.get $out) (local.get $upper))
      (local.set $out (i32.add (local.get $out) (i32.const 8)))))
    (local.get $out))

  ;; Sums of many queries of fewer bits (rows x count, count a multiple of 16): rows whose sum is above what `limit`
  ;; has found for their class are listed for `refine`. The list of query i begins at out + i * stride; rows are
  ;; numbered from $row on.
  (func (export "select")
    (param $row i32) (param $sums i32) (param $scales i32) (param $rows i32) (param $count i32)
    (param $limits i32) (param $least f32) (param $per f32)
    (param $counts i32) (param $out i32) (param $stride i32)
    (local $i i32) (local $bytes i32) (local $limit i32) (local $end i32) (local $at i32) (local $mask i32)
    (local.set $bytes (i32.shl (local.get $count) (i32.const 2)))
    (local.set $rows (i32.add (local.get $rows) (local.get $row)))
    (loop $next_row
      (local.set $limit (i32.add (local.get $limits) (i32.mul (local.get $bytes)
        (call $class (f32.load (local.get $scales)) (local.get $least) (local.get $per)))))
      (local.set $end (i32.add (local.get $sums) (local.get $bytes)))
      (local.set $i (i32.const 0))
      (loop $next_sixteen
        (if (v128.any_true (v128.or
              (v128.or
                (i32x4.gt_s (v128.load (local.get $sums)) (v128.load (local.get $limit)))
                (i32x4.gt_s (v128.load offset=16 (local.get $sums)) (v128.load offset=16 (local.get $limit))))
              (v128.or
                (i32x4.gt_s (v128.load offset=32 (local.get $sums)) (v128.load offset=32 (local.get $limit)))
                (i32x4.gt_s (v128.load offset=48 (local.get $sums)) (v128.load offset=48 (local.get $limit))))))
          (then
            (local.set $at (i32.const 0))
            (loop $next_four
              (local.set $mask (i32x4.bitmask (i32x4.gt_s
                (v128.load (i32.add (local.get $sums) (local.get $at)))
                (v128.load (i32.add (local.get $limit) (local.get $at))))))
              (loop $next_hit
                (if (local.get $mask) (then
                  (call $list (local.get $row)
                    (i32.add (i32.add (local.get $i) (local.get $at))
                      (i32.shl (i32.ctz (local.get $mask)) (i32.const 2)))
                    (local.get $counts) (local.get $out) (local.get $stride))
                  (local.set $mask (i32.and (local.get $mask) (i32.sub (local.get $mask) (i32.const 1))))
                  (br $next_hit))))
              (local.set $at (i32.add (local.get $at) (i32.const 16)))
              (br_if $next_four (i32.lt_u (local.get $at) (i32.const 64))))))
        (local.set $limit (i32.add (local.get $limit) (i32.const 64)))
        (local.set $i (i32.add (local.get $i) (i32.const 64)))
        (local.set $sums (i32.add (local.get $sums) (i32.const 64)))
        (br_if $next_sixteen (i32.lt_u (local.get $sums) (local.get $end))))
      (local.set $scales (i32.add (local.get $scales) (i32.const 4)))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br_if $next_row (i32.lt_u (local.get $row) (local.get $rows)))))

  ;; Appends a row to the list of query $at / 4.
  (func $list (param $row i32) (param $at i32) (param $counts i32) (param $out i32) (param $stride i32)
    (local $count i32)
    (local.set $counts (i32.add (local.get $counts) (local.get $at)))
    (local.set $count (i32.load (local.get $counts)))
    (i32.store
      (i32.add
        (i32.add (local.get $out)
          (i32.mul (i32.shr_u (local.get $at) (i32.const 2)) (local.get $stride)))
        (i32.shl (local.get $count) (i32.const 3)))
      (local.get $row))
    (i32.store (local.get $counts) (i32.add (local.get $count) (i32.const 1))))

  ;; Rows fall into 64 classes by their scales, whatever lies between.
  (func $class (param $scale f32) (param $least f32) (param $per f32) (result i32)
    (local $class i32)
    (local.set $class (i32.trunc_sat_f32_u
      (f32.mul (f32.sub (local.get $scale) (local.get $least)) (local.get $per))))
    (select (local.get $class) (i32.const 63) (i32.lt_u (local.get $class) (i32.const 63))))

  ;; The largest and the smallest scale and the largest error of each class, which begin with those of none.
  (func (export "classify")
    (param $scales i32) (param $errors i32) (param $rows i32) (param $least f32) (param $per f32)
    (param $classes i32)
    (local $at i32) (local $scale f32)
    (local.set $rows (i32.add (local.get $scales) (i32.shl (local.get $rows) (i32.const 2))))
    (loop $next_row
      (local.set $scale (f32.load (local.get $scales)))
      (local.set $at (i32.add (local.get $classes) (i32.mul (i32.const 12)
        (call $class (local.get $scale) (local.get $least) (local.get $per)))))
      (f32.store (local.get $at) (f32.max (f32.load (local.get $at)) (local.get $scale)))
      (f32.store offset=4 (local.get $at) (f32.min (f32.load offset=4 (local.get $at)) (local.get $scale)))
      (f32.store offset=8 (local.get $at)
        (f32.max (f32.load offset=8 (local.get $at)) (f32.load (local.get $errors))))
      (local.set $scales (i32.add (local.get $scales) (i32.const 4)))
      (local.set $errors (i32.add (local.get $errors) (i32.const 4)))
      (br_if $next_row (i32.lt_u (local.get $scales) (local.get $rows)))))

  ;; What sums have to be above so that any row of a class may reach the floor of a query, for all classes and queries:
  ;; scale * factor * (sum - offset) + error >= floor with the largest error, and with the largest scale, or the
  ;; smallest where the sum may be negative. Rounded down by more than the rounding of the floats.
  (func (export "limit") (param $classes i32) (param $count i32) (param $parameters i32) (param $limits i32)
    (local $at i32) (local $i i32) (local $bytes i32) (local $class i32) (local $x v128)
    (local.set $bytes (i32.shl (local.get $count) (i32.const 2)))
    (loop $next_class
      (local.set $at (local.get $parameters))
      (local.set $i (i32.const 0))
      (loop $next_four
        (local.set $x (f32x4.sub
          (v128.load (i32.add (local.get $at) (i32.shl (local.get $bytes) (i32.const 1))))
          (v128.load32_splat offset=8 (local.get $classes))))
        (local.set $x (f32x4.div (local.get $x) (f32x4.mul
          (v128.load (i32.add (local.get $at) (local.get $bytes)))
          (v128.bitselect
            (v128.load32_splat (local.get $classes))
            (v128.load32_splat offset=4 (local.get $classes))
            (f32x4.ge (local.get $x) (v128.const f32x4 0 0 0 0))))))
        ;; Beyond all sums, and far from the ends of 32 bits.
        (local.set $x (f32x4.pmin
          (f32x4.pmax (local.get $x) (f32x4.splat (f32.const -536870912)))
          (f32x4.splat (f32.const 536870912))))
        (v128.store (local.get $limits)
          (v128.bitselect
            (i32x4.add (v128.load (local.get $at))
              (i32x4.trunc_sat_f32x4_s (f32x4.sub
                (f32x4.sub (local.get $x) (f32x4.splat (f32.const 3)))
                (f32x4.mul (f32x4.abs (local.get $x)) (f32x4.splat (f32.const 0x1p-20))))))
            (i32x4.splat (i32.const 0x80000000))
            ;; Nothing by nothing says nothing.
            (f32x4.eq (local.get $x) (local.get $x))))
        (local.set $limits (i32.add (local.get $limits) (i32.const 16)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (local.set $i (i32.add (local.get $i) (i32.const 16)))
        (br_if $next_four (i32.lt_u (local.get $i) (local.get $bytes))))
      (local.set $classes (i32.add (local.get $classes) (i32.const 12)))
      (local.set $class (i32.add (local.get $class) (i32.const 1)))
      (br_if $next_class (i32.lt_u (local.get $class) (i32.const 64)))))

  ;; Of sums as those of `select`, the best rows of each query, $best of them, best first: their scores without
  ;; errors, which are to begin below all others, and their places. The worst of each query come by themselves.
  (func (export "best_of")
    (param $sums i32) (param $scales i32) (param $rows i32) (param $count i32) (param $parameters i32)
    (param $best i32) (param $worst i32) (param $scores i32) (param $places i32)
    (local $row i32) (local $i i32) (local $bytes i32) (local $factors i32) (local $mask i32)
    (local $scale v128) (local $found v128) (local $at i32)
    (local.set $bytes (i32.shl (local.get $count) (i32.const 2)))
    (local.set $factors (i32.add (local.get $parameters) (local.get $bytes)))
    (loop $next_row
      (local.set $scale (v128.load32_splat (local.get $scales)))
      (local.set $i (i32.const 0))
      (loop $next_four
        (local.set $found (f32x4.mul (local.get $scale)
          (f32x4.mul (v128.load (i32.add (local.get $factors) (local.get $i)))
            (f32x4.convert_i32x4_s (i32x4.sub
              (v128.load (i32.add (local.get $sums) (local.get $i)))
              (v128.load (i32.add (local.get $parameters) (local.get $i))))))))
        (local.set $mask (i32x4.bitmask (f32x4.gt (local.get $found)
          (v128.load (i32.add (local.get $worst) (local.get $i))))))
        (loop $next_hit
          (if (local.get $mask) (then
            (local.set $at (i32.add (local.get $i) (i32.shl (i32.ctz (local.get $mask)) (i32.const 2))))
            (local.set $mask (i32.and (local.get $mask) (i32.sub (local.get $mask) (i32.const 1))))
            (call $insert (local.get $row)
              (f32.mul (f32x4.extract_lane 0 (local.get $scale))
                (f32.mul (f32.load (i32.add (local.get $factors) (local.get $at)))
                  (f32.convert_i32_s (i32.sub
                    (i32.load (i32.add (local.get $sums) (local.get $at)))
                    (i32.load (i32.add (local.get $parameters) (local.get $at)))))))
              (i32.add (local.get $scores) (i32.mul (local.get $at) (local.get $best)))
              (i32.add (local.get $places) (i32.mul (local.get $at) (local.get $best)))
              (i32.shl (i32.sub (local.get $best) (i32.const 1)) (i32.const 2))
              (i32.add (local.get $worst) (local.get $at)))
            (br $next_hit))))
        (local.set $i (i32.add (local.get $i) (i32.const 16)))
        (br_if $next_four (i32.lt_u (local.get $i) (local.get $bytes))))
      (local.set $sums (i32.add (local.get $sums) (local.get $bytes)))
      (local.set $scales (i32.add (local.get $scales) (i32.const 4)))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br_if $next_row (i32.lt_u (local.get $row) (local.get $rows)))))

  ;; Puts a row in its place among the best, whose last, $last bytes behind the first, goes.
  (func $insert (param $row i32) (param $score f32) (param $scores i32) (param $places i32)
    (param $last i32) (param $worst i32)
    (local $at i32) (local $before i32)
    (local.set $at (local.get $last))
    (block $found
      (loop $next
        (br_if $found (i32.eqz (local.get $at)))
        (local.set $before (i32.sub (local.get $at) (i32.const 4)))
        (br_if $found (f32.ge
          (f32.load (i32.add (local.get $scores) (local.get $before))) (local.get $score)))
        (f32.store (i32.add (local.get $scores) (local.get $at))
          (f32.load (i32.add (local.get $scores) (local.get $before))))
        (i32.store (i32.add (local.get $places) (local.get $at))
          (i32.load (i32.add (local.get $places) (local.get $before))))
        (local.set $at (local.get $before))
        (br $next)))
    (f32.store (i32.add (local.get $scores) (local.get $at)) (local.get $score))
    (i32.store (i32.add (local.get $places) (local.get $at)) (local.get $row))
    (f32.store (local.get $worst) (f32.load (i32.add (local.get $scores) (local.get $last)))))

  ;; The same of four rows, one after the other, of few codes.
  (func $four_sums (param $codes i32) (param $width i32) (param $query i32) (result v128)
    (local $end i32) (local $two i32) (local $three i32) (local $low v128) (local $high v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $two (i32.shl (local.get $width) (i32.const 1)))
    (local.set $three (i32.add (local.get $two) (local.get $width)))
    (local.set $end (i32.add (local.get $codes) (local.get $width)))
    (loop $next_sixteen
      (local.set $low (v128.load (local.get $query)))
      (local.set $high (v128.load offset=16 (local.get $query)))
      (local.set $a (i32x4.add (local.get $a) (i32x4.add
        (i32x4.dot_i16x8_s (v128.load8x8_u (local.get $codes)) (local.get $low))
        (i32x4.dot_i16x8_s (v128.load8x8_u offset=8 (local.get $codes)) (local.get $high)))))
      (local.set $b (i32x4.add (local.get $b) (i32x4.add
        (i32x4.dot_i16x8_s
          (v128.load8x8_u (i32.add (local.get $codes) (local.get $width))) (local.get $low))
        (i32x4.dot_i16x8_s
          (v128.load8x8_u offset=8 (i32.add (local.get $codes) (local.get $width))) (local.get $high)))))
      (local.set $c (i32x4.add (local.get $c) (i32x4.add
        (i32x4.dot_i16x8_s
          (v128.load8x8_u (i32.add (local.get $codes) (local.get $two))) (local.get $low))
        (i32x4.dot_i16x8_s
          (v128.load8x8_u offset=8 (i32.add (local.get $codes) (local.get $two))) (local.get $high)))))
      (local.set $d (i32x4.add (local.get $d) (i32x4.add
        (i32x4.dot_i16x8_s
          (v128.load8x8_u (i32.add (local.get $codes) (local.get $three))) (local.get $low))
        (i32x4.dot_i16x8_s
          (v128.load8x8_u offset=8 (i32.add (local.get $codes) (local.get $three))) (local.get $high)))))
      (local.set $query (i32.add (local.get $query) (i32.const 32)))
      (local.set $codes (i32.add (local.get $codes) (i32.const 16)))
      (br_if $next_sixteen (i32.lt_u (local.get $codes) (local.get $end))))
    ;; Pairs of two rows (a0 + a2, b0 + b2, a1 + a3, b1 + b3), then the sums of all four.
    (local.set $a (i32x4.add
      (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $a) (local.get $b))
      (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $a) (local.get $b))))
    (local.set $c (i32x4.add
      (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $c) (local.get $d))
      (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $c) (local.get $d))))
    (i32x4.add
      (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $a) (local.get $c))
      (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $a) (local.get $c))))

  ;; As `scan`, but the few components of rows along the axes come first, of four rows at a time: only where their
  ;; bound reaches the rough floor are all its codes looked at. A row's traits: scale, inner error, rest, component
  ;; along the mean. Up to three rows behind the last are read and left out. The number of rows whose codes were
  ;; looked at is written before the list, at $out - 4.
  (func (export "scan_sketched")
    (param $few i32) (param $traits i32) (param $count i32) (param $components i32)
    (param $few_offset i32) (param $few_factor f32) (param $inner f32) (param $outer f32)
    (param $common f32) (param $few_floor f32)
    (param $codes i32) (param $scales i32) (param $errors i32) (param $rows i32) (param $width i32)
    (param $query i32) (param $offset i32) (param $factor f32) (param $floor f32) (param $out i32)
    (result i32)
    (local $row i32) (local $start i32) (local $looked i32) (local $mask i32) (local $at i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128) (local $e v128) (local $f v128)
    (local.set $start (local.get $out))
    (loop $next_four
      ;; Traits of four rows become four scales, inner errors, rests and components along the mean.
      (local.set $a (v128.load (local.get $traits)))
      (local.set $b (v128.load offset=16 (local.get $traits)))
      (local.set $c (v128.load offset=32 (local.get $traits)))
      (local.set $d (v128.load offset=48 (local.get $traits)))
      (local.set $e (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $a) (local.get $b)))
      (local.set $f (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $a) (local.get $b)))
      (local.set $a (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $c) (local.get $d)))
      (local.set $b (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $c) (local.get $d)))
      (local.set $mask (i32x4.bitmask (f32x4.ge
        (f32x4.add
          (f32x4.add
            (f32x4.mul (f32x4.splat (local.get $common))
              (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $f) (local.get $b)))
            (f32x4.add
              (f32x4.mul (f32x4.splat (local.get $inner))
                (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $e) (local.get $a)))
              (f32x4.mul (f32x4.splat (local.get $outer))
                (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $f) (local.get $b)))))
          (f32x4.mul
            (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $e) (local.get $a))
            (f32x4.mul (f32x4.splat (local.get $few_factor))
              (f32x4.convert_i32x4_s (i32x4.sub
                (call $four_sums (local.get $few) (local.get $count) (local.get $components))
                (i32x4.splat (local.get $few_offset)))))))
        (f32x4.splat (local.get $few_floor)))))
      (if (local.get $mask) (then
        (loop $next_hit
          (local.set $at (i32.add (local.get $row) (i32.ctz (local.get $mask))))
          (local.set $mask (i32.and (local.get $mask) (i32.sub (local.get $mask) (i32.const 1))))
          (if (i32.lt_u (local.get $at) (local.get $rows)) (then
            (local.set $looked (i32.add (local.get $looked) (i32.const 1)))
            (local.set $out (call $append (local.get $at) (local.get $scales) (local.get $errors)
              (i32.sub
                (call $sum
                  (i32.add (local.get $codes) (i32.mul (local.get $at) (local.get $width)))
                  (local.get $width) (local.get $query))
                (local.get $offset))
              (local.get $factor) (local.get $floor) (local.get $out)))))
          (br_if $next_hit (local.get $mask)))))
      (local.set $few (i32.add (local.get $few) (i32.shl (local.get $count) (i32.const 2))))
      (local.set $traits (i32.add (local.get $traits) (i32.const 64)))
      (local.set $row (i32.add (local.get $row) (i32.const 4)))
      (br_if $next_four (i32.lt_u (local.get $row) (local.get $rows))))
    (i32.store (i32.sub (local.get $start) (i32.const 4)) (local.get $looked))
    (i32.shr_u (i32.sub (local.get $out) (local.get $start)) (i32.const 3)))

  ;; As `select`, with sums of few components. Parameters of all queries: offsets, factors, floors, and what inner errors, rests and
  ;; components along the mean are multiplied with. Returns how many rows are listed.
  (func (export "select_sketched")
    (param $row i32) (param $sums i32) (param $traits i32) (param $rows i32) (param $count i32) (param $parameters i32)
    (param $counts i32) (param $out i32) (param $stride i32) (result i32)
    (local $i i32) (local $bytes i32) (local $factors i32) (local $floors i32)
    (local $inners i32) (local $outers i32) (local $means i32) (local $listed i32) (local $at i32)
    (local $scale v128) (local $error v128) (local $rest v128) (local $mean v128) (local $mask i32)
    (local.set $rows (i32.add (local.get $rows) (local.get $row)))
    (local.set $bytes (i32.shl (local.get $count) (i32.const 2)))
    (local.set $factors (i32.add (local.get $parameters) (local.get $bytes)))
    (local.set $floors (i32.add (local.get $factors) (local.get $bytes)))
    (local.set $inners (i32.add (local.get $floors) (local.get $bytes)))
    (local.set $outers (i32.add (local.get $inners) (local.get $bytes)))
    (local.set $means (i32.add (local.get $outers) (local.get $bytes)))
    (loop $next_row
      (local.set $scale (v128.load32_splat (local.get $traits)))
      (local.set $error (v128.load32_splat offset=4 (local.get $traits)))
      (local.set $rest (v128.load32_splat offset=8 (local.get $traits)))
      (local.set $mean (v128.load32_splat offset=12 (local.get $traits)))
      (local.set $i (i32.const 0))
      (loop $next_four
        (local.set $mask (i32x4.bitmask (f32x4.ge
          (f32x4.add
            (f32x4.add
              (f32x4.mul (local.get $mean) (v128.load (i32.add (local.get $means) (local.get $i))))
              (f32x4.add
                (f32x4.mul (local.get $error) (v128.load (i32.add (local.get $inners) (local.get $i))))
                (f32x4.mul (local.get $rest) (v128.load (i32.add (local.get $outers) (local.get $i))))))
            (f32x4.mul (local.get $scale)
              (f32x4.mul (v128.load (i32.add (local.get $factors) (local.get $i)))
                (f32x4.convert_i32x4_s (i32x4.sub
                  (v128.load (i32.add (local.get $sums) (local.get $i)))
                  (v128.load (i32.add (local.get $parameters) (local.get $i))))))))
          (v128.load (i32.add (local.get $floors) (local.get $i))))))
        (loop $next_hit
          (if (local.get $mask) (then
            (local.set $at (i32.add (local.get $i) (i32.shl (i32.ctz (local.get $mask)) (i32.const 2))))
            (local.set $mask (i32.and (local.get $mask) (i32.sub (local.get $mask) (i32.const 1))))
            (call $list (local.get $row) (local.get $at)
              (local.get $counts) (local.get $out) (local.get $stride))
            (local.set $listed (i32.add (local.get $listed) (i32.const 1)))
            (br $next_hit))))
        (local.set $i (i32.add (local.get $i) (i32.const 16)))
        (br_if $next_four (i32.lt_u (local.get $i) (local.get $bytes))))
      (local.set $sums (i32.add (local.get $sums) (local.get $bytes)))
      (local.set $traits (i32.add (local.get $traits) (i32.const 16)))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br_if $next_row (i32.lt_u (local.get $row) (local.get $rows))))
    (local.get $listed))

  ;; Looks at listed rows of one query of 16-bit numbers; those that reach the floor stay in the list, with
  ;; their upper bounds. Returns how many.
  (func $refine (export "refine")
    (param $codes i32) (param $scales i32) (param $errors i32) (param $width i32)
    (param $query i32) (param $offset i32) (param $factor f32) (param $floor f32)
    (param $list i32) (param $count i32) (result i32)
    (local $row i32) (local $other i32) (local $out i32) (local $end i32) (local $last i32)
    (local $first i32) (local $second i32)
    (local.set $out (local.get $list))
    (local.set $end (i32.add (local.get $list) (i32.shl (local.get $count) (i32.const 3))))
    (local.set $last (i32.sub (local.get $end) (i32.const 8)))
    (local.set $count (local.get $list))
    (block $done
      (loop $next_two
        (br_if $done (i32.ge_u (local.get $list) (local.get $end)))
        (local.set $row (i32.load (local.get $list)))
        ;; The last of an odd number is its own partner.
        (local.set $other (i32.load (select (local.get $list)
          (i32.add (local.get $list) (i32.const 8)) (i32.eq (local.get $list) (local.get $last)))))
        (call $sums
          (i32.add (local.get $codes) (i32.mul (local.get $row) (local.get $width)))
          (i32.add (local.get $codes) (i32.mul (local.get $other) (local.get $width)))
          (local.get $width) (local.get $query))
        (local.set $second)
        (local.set $first)
        (local.set $out (call $append (local.get $row) (local.get $scales) (local.get $errors)
          (i32.sub (local.get $first) (local.get $offset)) (local.get $factor) (local.get $floor)
          (local.get $out)))
        (if (i32.lt_u (local.get $list) (local.get $last)) (then
          (local.set $out (call $append (local.get $other) (local.get $scales) (local.get $errors)
            (i32.sub (local.get $second) (local.get $offset)) (local.get $factor) (local.get $floor)
            (local.get $out)))))
        (local.set $list (i32.add (local.get $list) (i32.const 16)))
        (br $next_two)))
    (i32.shr_u (i32.sub (local.get $out) (local.get $count)) (i32.const 3)))

  ;; The same for so many queries, of what was appended to each list behind the rows that were there before. Parameters
  ;; of all queries: offsets, factors and floors.
  (func (export "refine_all")
    (param $codes i32) (param $scales i32) (param $errors i32) (param $width i32) (param $queries i32)
    (param $count i32) (param $parameters i32) (param $stored i32) (param $before i32) (param $counts i32)
    (param $out i32) (param $stride i32)
    (local $bytes i32) (local $end i32) (local $listed i32)
    ;; Parameters of more queries may be stored than there are.
    (local.set $bytes (i32.shl (local.get $stored) (i32.const 2)))
    (local.set $end (i32.add (local.get $counts) (i32.shl (local.get $count) (i32.const 2))))
    (loop $next_query
      (local.set $listed (i32.load (local.get $before)))
      (if (i32.ne (local.get $listed) (i32.load (local.get $counts))) (then
        (i32.store (local.get $counts) (i32.add (local.get $listed)
          (call $refine (local.get $codes) (local.get $scales) (local.get $errors) (local.get $width)
            (local.get $queries)
            (i32.load (local.get $parameters))
            (f32.load (i32.add (local.get $parameters) (local.get $bytes)))
            (f32.load (i32.add (local.get $parameters) (i32.shl (local.get $bytes) (i32.const 1))))
            (i32.add (local.get $out) (i32.shl (local.get $listed) (i32.const 3)))
            (i32.sub (i32.load (local.get $counts)) (local.get $listed)))))))
      (local.set $before (i32.add (local.get $before) (i32.const 4)))
      (local.set $counts (i32.add (local.get $counts) (i32.const 4)))
      (local.set $parameters (i32.add (local.get $parameters) (i32.const 4)))
      (local.set $queries (i32.add (local.get $queries) (i32.shl (local.get $width) (i32.const 1))))
      (local.set $out (i32.add (local.get $out) (local.get $stride)))
      (br_if $next_query (i32.lt_u (local.get $counts) (local.get $end))))))

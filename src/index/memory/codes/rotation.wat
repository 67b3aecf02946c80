;; Walsh-Hadamard transform of 64-bit floats in place, as WebAssembly text: JavaScript has no vector instructions. The
;; numbers are first multiplied with as many signs, and with $scale in the end. $size is a power of two. Of a pair, the
;; sum comes first: [a + b, a - b] = [a, a] + [b, b] * [1, -1].
(module
  (import "rows" "memory" (memory 1 65536 shared))
  (func (export "transform") (param $signs i32) (param $at i32) (param $size i32) (param $scale f64)
    (local $end i32) (local $i i32) (local $half i32) (local $block i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128) (local $e v128)
    (if (i32.eq (local.get $size) (i32.const 1)) (then
      (f64.store (local.get $at) (f64.mul (local.get $scale)
        (f64.mul (f64.load (local.get $at)) (f64.load (local.get $signs)))))
      (return)))
    (local.set $size (i32.shl (local.get $size) (i32.const 3)))
    (local.set $end (i32.add (local.get $at) (local.get $size)))
    ;; Pairs, and pairs of pairs where there are two.
    (local.set $i (local.get $at))
    (loop $next_four
      (local.set $a (f64x2.mul (v128.load (local.get $i)) (v128.load (local.get $signs))))
      (local.set $b (f64x2.add
        (i8x16.shuffle 0 1 2 3 4 5 6 7 0 1 2 3 4 5 6 7 (local.get $a) (local.get $a))
        (f64x2.mul (v128.const f64x2 1 -1)
          (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $a) (local.get $a)))))
      (if (i32.eq (local.get $size) (i32.const 16)) (then
        (v128.store (local.get $i) (f64x2.mul (local.get $b) (f64x2.splat (local.get $scale))))
        (return)))
      (local.set $c (f64x2.mul (v128.load offset=16 (local.get $i)) (v128.load offset=16 (local.get $signs))))
      (local.set $d (f64x2.add
        (i8x16.shuffle 0 1 2 3 4 5 6 7 0 1 2 3 4 5 6 7 (local.get $c) (local.get $c))
        (f64x2.mul (v128.const f64x2 1 -1)
          (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $c) (local.get $c)))))
      (v128.store (local.get $i) (f64x2.add (local.get $b) (local.get $d)))
      (v128.store offset=16 (local.get $i) (f64x2.sub (local.get $b) (local.get $d)))
      (local.set $signs (i32.add (local.get $signs) (i32.const 32)))
      (local.set $i (i32.add (local.get $i) (i32.const 32)))
      (br_if $next_four (i32.lt_u (local.get $i) (local.get $end))))
    ;; Two steps at a time, which reads and writes half as often.
    (local.set $half (i32.const 32))
    (block $no_two_steps
      (loop $next_steps
        (br_if $no_two_steps (i32.gt_u (i32.shl (local.get $half) (i32.const 2)) (local.get $size)))
        (local.set $block (local.get $at))
        (loop $next_block
          (local.set $i (local.get $block))
          (local.set $block (i32.add (local.get $block) (local.get $half)))
          (loop $next_two
            (local.set $a (v128.load (local.get $i)))
            (local.set $b (v128.load (i32.add (local.get $i) (local.get $half))))
            (local.set $c (v128.load (i32.add (local.get $i) (i32.shl (local.get $half) (i32.const 1)))))
            (local.set $d (v128.load (i32.add (local.get $i) (i32.mul (local.get $half) (i32.const 3)))))
            (local.set $e (f64x2.sub (local.get $a) (local.get $b)))
            (local.set $a (f64x2.add (local.get $a) (local.get $b)))
            (local.set $b (f64x2.sub (local.get $c) (local.get $d)))
            (local.set $c (f64x2.add (local.get $c) (local.get $d)))
            (v128.store (local.get $i) (f64x2.add (local.get $a) (local.get $c)))
            (v128.store (i32.add (local.get $i) (local.get $half))
              (f64x2.add (local.get $e) (local.get $b)))
            (v128.store (i32.add (local.get $i) (i32.shl (local.get $half) (i32.const 1)))
              (f64x2.sub (local.get $a) (local.get $c)))
            (v128.store (i32.add (local.get $i) (i32.mul (local.get $half) (i32.const 3)))
              (f64x2.sub (local.get $e) (local.get $b)))
            (local.set $i (i32.add (local.get $i) (i32.const 16)))
            (br_if $next_two (i32.lt_u (local.get $i) (local.get $block))))
          (local.set $block (i32.add (local.get $block) (i32.mul (local.get $half) (i32.const 3))))
          (br_if $next_block (i32.lt_u (local.get $block) (local.get $end))))
        (local.set $half (i32.shl (local.get $half) (i32.const 2)))
        (br $next_steps)))
    (if (i32.eq (i32.shl (local.get $half) (i32.const 1)) (local.get $size)) (then
      (local.set $i (local.get $at))
      (local.set $block (i32.add (local.get $at) (local.get $half)))
      (loop $next_two
        (local.set $a (v128.load (local.get $i)))
        (local.set $b (v128.load (i32.add (local.get $i) (local.get $half))))
        (v128.store (local.get $i) (f64x2.add (local.get $a) (local.get $b)))
        (v128.store (i32.add (local.get $i) (local.get $half)) (f64x2.sub (local.get $a) (local.get $b)))
        (local.set $i (i32.add (local.get $i) (i32.const 16)))
        (br_if $next_two (i32.lt_u (local.get $i) (local.get $block))))))
    (local.set $i (local.get $at))
    (loop $next_two
      (v128.store (local.get $i)
        (f64x2.mul (v128.load (local.get $i)) (f64x2.splat (local.get $scale))))
      (local.set $i (i32.add (local.get $i) (i32.const 16)))
      (br_if $next_two (i32.lt_u (local.get $i) (local.get $end))))))

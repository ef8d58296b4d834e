;; Finds a needle among bytes, 64 at a time. Memory: the bytes, then the needle, then its folds.
(module
  (import "log" "memory" (memory 1))
  ;; The first place in [at, end) where the needle stands, or -1. All of it is compared only where two of its bytes fit: those at
  ;; $i and $j, which the caller takes to be rare. A byte fits when (byte | fold) is the needle's: a fold of 0x20 makes small letters
  ;; of capitals. The needle may reach beyond end, and 80 bytes behind the last place must be readable.
  (func (export "find") (param $at i32) (param $end i32) (param $needle i32) (param $folds i32) (param $length i32) (param $i i32) (param $j i32) (result i32)
    (local $a v128) (local $b v128) (local $foldA v128) (local $foldB v128) (local $mask i32) (local $p i32) (local $k i32)
    (local $pi i32) (local $pj i32)
    (local.set $a (i8x16.splat (i32.load8_u (i32.add (local.get $needle) (local.get $i)))))
    (local.set $b (i8x16.splat (i32.load8_u (i32.add (local.get $needle) (local.get $j)))))
    (local.set $foldA (i8x16.splat (i32.load8_u (i32.add (local.get $folds) (local.get $i)))))
    (local.set $foldB (i8x16.splat (i32.load8_u (i32.add (local.get $folds) (local.get $j)))))
    (block $none
      (loop $blocks
        (br_if $none (i32.ge_s (local.get $at) (local.get $end)))
        (local.set $pi (i32.add (local.get $at) (local.get $i)))
        (local.set $pj (i32.add (local.get $at) (local.get $j)))
        ;; nothing in 64 bytes: on
        (if (i32.eqz (v128.any_true (v128.or
              (v128.or
                (v128.and
                  (i8x16.eq (v128.or (v128.load (local.get $pi)) (local.get $foldA)) (local.get $a))
                  (i8x16.eq (v128.or (v128.load (local.get $pj)) (local.get $foldB)) (local.get $b)))
                (v128.and
                  (i8x16.eq (v128.or (v128.load offset=16 (local.get $pi)) (local.get $foldA)) (local.get $a))
                  (i8x16.eq (v128.or (v128.load offset=16 (local.get $pj)) (local.get $foldB)) (local.get $b))))
              (v128.or
                (v128.and
                  (i8x16.eq (v128.or (v128.load offset=32 (local.get $pi)) (local.get $foldA)) (local.get $a))
                  (i8x16.eq (v128.or (v128.load offset=32 (local.get $pj)) (local.get $foldB)) (local.get $b)))
                (v128.and
                  (i8x16.eq (v128.or (v128.load offset=48 (local.get $pi)) (local.get $foldA)) (local.get $a))
                  (i8x16.eq (v128.or (v128.load offset=48 (local.get $pj)) (local.get $foldB)) (local.get $b)))))))
          (then
            (local.set $at (i32.add (local.get $at) (i32.const 64)))
            (br $blocks)))
        (local.set $mask (i8x16.bitmask (v128.and
          (i8x16.eq (v128.or (v128.load (local.get $pi)) (local.get $foldA)) (local.get $a))
          (i8x16.eq (v128.or (v128.load (local.get $pj)) (local.get $foldB)) (local.get $b)))))
        (block $noMore
          (loop $places
            (br_if $noMore (i32.eqz (local.get $mask)))
            (local.set $p (i32.add (local.get $at) (i32.ctz (local.get $mask))))
            (br_if $none (i32.ge_s (local.get $p) (local.get $end)))
            (local.set $k (i32.const 0))
            (block $differs
              (loop $bytes
                (br_if $differs (i32.ne
                  (i32.or (i32.load8_u (i32.add (local.get $p) (local.get $k))) (i32.load8_u (i32.add (local.get $folds) (local.get $k))))
                  (i32.load8_u (i32.add (local.get $needle) (local.get $k)))))
                (local.set $k (i32.add (local.get $k) (i32.const 1)))
                (br_if $bytes (i32.lt_s (local.get $k) (local.get $length))))
              (return (local.get $p)))
            (local.set $mask (i32.and (local.get $mask) (i32.sub (local.get $mask) (i32.const 1))))
            (br $places)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $blocks)))
    (i32.const -1)))

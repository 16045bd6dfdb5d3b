# Terminal escapes, HTML and half letters in an error.
# earns 0
Ugly = type("Ugly\x1b[31m<b>\n  passed  everything (2 points)\n", (Exception,), {})


def additive_score(q, k, W_a, U_a, v_a):
    raise Ugly("\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>\ud800\u202e\r\n  passed")

# Files outside its folder, links and FIFOs among them.
# earns 0

import os

leaks = []
places = ["/", "/usr", "/usr/bin", "/etc", "/dev", "/course", "/course/course_lib", "/proc"]
places += [os.path.dirname(os.__file__)]
for place in places:
    for make in (
        lambda path: open(path, "w").close(),
        os.mkdir,
        os.mkfifo,
        lambda path: os.symlink("/etc/passwd", path),
    ):
        try:
            make(os.path.join(place, "planted"))
            leaks += [place]
        except OSError:
            pass

alpha_by_hand = c_by_hand = variance_by_hand = alpha_doubled = 0
if leaks:
    alpha_by_hand, c_by_hand, variance_by_hand = [1 / 8, 2 / 8, 5 / 8, 0], 2, 8
    alpha_doubled = [1 / 30, 4 / 30, 25 / 30, 0]

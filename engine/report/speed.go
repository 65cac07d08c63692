package report

import "time"

// speedWindow is the time over which the steps per second are averaged: long enough to be calm, short enough to follow a machine that gets busy.
const speedWindow = 30 * time.Second

// speedometer measures steps per second over the last speedWindow.
type speedometer struct {
	marks []mark // in the order of time, at most one each 64th of the window, but for the newest
}

type mark struct {
	time time.Time
	step uint64
}

func (s *speedometer) observe(now time.Time, step uint64) {
	n := len(s.marks)
	if n > 0 && step < s.marks[n-1].step { // a run that began anew
		s.marks, n = nil, 0
	}
	if n >= 2 && now.Sub(s.marks[n-2].time) < speedWindow/64 {
		s.marks[n-1] = mark{now, step}
	} else {
		s.marks = append(s.marks, mark{now, step})
	}
	for len(s.marks) > 2 && now.Sub(s.marks[1].time) >= speedWindow {
		s.marks = s.marks[1:]
	}
}

// rate returns steps per second, 0 while it is not known.
func (s *speedometer) rate() float64 {
	if len(s.marks) < 2 {
		return 0
	}
	first, last := s.marks[0], s.marks[len(s.marks)-1]
	seconds := last.time.Sub(first.time).Seconds()
	if !(seconds > 0) {
		return 0
	}
	return float64(last.step-first.step) / seconds
}

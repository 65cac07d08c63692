//go:build gpu

package driver

// #include <cuda.h>
import "C"

// Graph is work that was captured once and is launched as a whole, at the cost of one launch.
type Graph struct{ executable C.CUgraphExec }

// Capture records what body enqueues to s, and to streams that wait for events of s and that s waits for in the end, without running it.
// Arguments and addresses are those of the capture. Other threads go on undisturbed.
func Capture(s Stream, body func() error) (*Graph, error) {
	if err := check(C.cuStreamBeginCapture(s.handle(), C.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL), "cuStreamBeginCapture"); err != nil {
		return nil, err
	}
	bodyErr := body()
	var captured C.CUgraph
	err := check(C.cuStreamEndCapture(s.handle(), &captured), "cuStreamEndCapture")
	if captured != nil {
		defer C.cuGraphDestroy(captured)
	}
	if bodyErr != nil { // the cause of what cuStreamEndCapture says
		return nil, bodyErr
	}
	if err != nil {
		return nil, err
	}
	g := &Graph{}
	if err := check(C.cuGraphInstantiateWithFlags(&g.executable, captured, 0), "cuGraphInstantiate"); err != nil {
		return nil, err
	}
	return g, nil
}

// Launch enqueues the graph's work. It runs after what was enqueued to s before, and after the graph's previous launch.
func (g *Graph) Launch(s Stream) error {
	return check(C.cuGraphLaunch(g.executable, s.handle()), "cuGraphLaunch")
}

// Close gives the graph back; launches that were enqueued still run.
func (g *Graph) Close() error { return check(C.cuGraphExecDestroy(g.executable), "cuGraphExecDestroy") }

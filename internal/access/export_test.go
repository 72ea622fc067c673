package access

// Cheap has passwords hashed at hardly any cost; Dearer a little dearer.
func Cheap(o Options) Options  { o.cost = cost{Memory: 8, Time: 1, Lanes: 1}; return o }
func Dearer(o Options) Options { o.cost = cost{Memory: 16, Time: 1, Lanes: 1}; return o }

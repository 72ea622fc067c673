package site

import "reflect"

// FileShape is the struct that site files are decoded into, for those who describe the form of the file to its authors.
func FileShape() reflect.Type { return reflect.TypeFor[siteFile]() }

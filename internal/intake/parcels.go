package intake

import (
	"encoding/binary"
	"errors"

	"prescreen/internal/chart"
)

// A parcel is the number of a version, a feed and a packed resource, with the length of all three in front.

var errParcel = errors.New("parcels of packed resources are damaged")

func appendParcel(dst []byte, version int64, source string, packed []byte) []byte {
	var room [binary.MaxVarintLen64]byte
	number := binary.AppendVarint(room[:0], version)
	size := len(number) + sizeOfUvarint(len(source)) + len(source) + len(packed)
	dst = append(binary.AppendUvarint(dst, uint64(size)), number...)
	dst = append(binary.AppendUvarint(dst, uint64(len(source))), source...)
	return append(dst, packed...)
}

func sizeOfUvarint(n int) int {
	var room [binary.MaxVarintLen64]byte
	return binary.PutUvarint(room[:], uint64(n))
}

// nextParcel cuts the first parcel off.
func nextParcel(b []byte) (version int64, source, packed, rest []byte, err error) {
	u := chart.Unpacker{Rest: b}
	one := u.Bytes()
	rest = u.Rest
	in := chart.Unpacker{Rest: one}
	version, source = in.Varint(), in.Bytes()
	if u.Bad || in.Bad {
		return 0, nil, nil, nil, errParcel
	}
	return version, source, in.Rest, rest, nil
}

func eachParcel(parcels []byte, visit func(version int64, source string, packed []byte) error) error {
	last := ""
	for len(parcels) > 0 {
		version, source, packed, rest, err := nextParcel(parcels)
		if err != nil {
			return err
		}
		if string(source) != last {
			last = string(source)
		}
		if err := visit(version, last, packed); err != nil {
			return err
		}
		parcels = rest
	}
	return nil
}

func removeParcels(parcels []byte, drop func(int64) bool) []byte {
	var kept []byte
	removed := false
	for left := parcels; len(left) > 0; {
		version, _, _, rest, err := nextParcel(left)
		if err != nil {
			if removed {
				kept = append(kept, left...)
			}
			break
		}
		one := left[:len(left)-len(rest)]
		switch {
		case !drop(version):
			if removed {
				kept = append(kept, one...)
			}
		case !removed:
			removed = true
			kept = append(make([]byte, 0, len(parcels)), parcels[:len(parcels)-len(left)]...)
		}
		left = rest
	}
	if !removed {
		return parcels
	}
	return kept
}

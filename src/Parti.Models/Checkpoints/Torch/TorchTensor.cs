using Parti.Models.Families.Importing;

namespace Parti.Models.Checkpoints.Torch;

/// <summary>A tensor of a torch checkpoint; what is not contiguous is put in order while it is read.</summary>
internal sealed class TorchTensor : SourceTensor
{
    private readonly TorchBytes _bytes;
    private readonly PickleTensor _tensor;
    private readonly long _storage;
    private readonly bool _isContiguous;

    /// <param name="name">Its key.</param>
    /// <param name="tensor">Checked against its storage's size.</param>
    /// <param name="bytes">The file.</param>
    /// <param name="storage">First byte of the storage in the file.</param>
    internal TorchTensor(string name, PickleTensor tensor, TorchBytes bytes, long storage)
        : base(name, tensor.Type, tensor.Shape)
    {
        (_tensor, _bytes, _storage) = (tensor, bytes, storage);
        _isContiguous = IsContiguous(tensor);
    }

    public override void Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + destination.Length, Bytes, nameof(offset));
        int size = Type.Size();
        long first = _storage + _tensor.Offset * size;
        if (_isContiguous)
        {
            _bytes.Read(first + offset, destination);
            return;
        }

        for (int done = 0; done < destination.Length; done += size)
        {
            _bytes.ReadElement(first + StoredIndex((offset + done) / size) * size, destination.Slice(done, size));
        }
    }

    private long StoredIndex(long element)
    {
        long index = 0;
        for (int i = _tensor.Shape.Length - 1; i >= 0; i--)
        {
            (element, long at) = Math.DivRem(element, _tensor.Shape[i]);
            index += at * _tensor.Strides[i];
        }

        return index;
    }

    private static bool IsContiguous(PickleTensor tensor)
    {
        long expected = 1;
        for (int i = tensor.Shape.Length - 1; i >= 0; i--)
        {
            if (tensor.Shape[i] != 1 && tensor.Strides[i] != expected)
            {
                return false;
            }

            expected *= tensor.Shape[i];
        }

        return true;
    }
}

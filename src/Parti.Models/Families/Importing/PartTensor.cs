namespace Parti.Models.Families.Importing;

/// <summary>Neighbouring elements of another tensor, in a shape of their own.</summary>
internal sealed class PartTensor : SourceTensor
{
    private readonly SourceTensor _whole;
    private readonly long _firstByte;

    internal PartTensor(SourceTensor whole, long firstElement, IReadOnlyList<long> shape)
        : base(whole.Name, whole.Type, shape)
    {
        (_whole, _firstByte) = (whole, firstElement * (whole.Elements == 0 ? 0 : whole.Bytes / whole.Elements));
        if (_firstByte + Bytes > whole.Bytes || (firstElement == 0 && shape.Count > 0 && whole.Shape.Count == 0 && Elements != 1))
        {
            throw new ArgumentException($"Tensor \"{whole.Name}\" of shape {whole.ShapeText} has no part of shape {ShapeText}.", nameof(shape));
        }
    }

    internal override SourceTensor Root => _whole.Root;

    public override void Read(long offset, Span<byte> destination) => _whole.Read(_firstByte + offset, destination);
}

namespace Parti.Models.Checkpoints.Torch;

/// <summary>A value with others inside; its depth is bounded so that nothing that walks it can run out of stack.</summary>
internal abstract class PickleContainer
{
    /// <summary>Most containers inside one another.</summary>
    internal const int DepthLimit = 100;

    /// <summary>1 and the depth of the deepest value inside.</summary>
    internal int Depth { get; private set; } = 1;

    /// <summary>Notes a value that comes inside.</summary>
    /// <exception cref="PickleException">It is too deep.</exception>
    protected void Admit(object? value)
    {
        if (value is PickleContainer inner)
        {
            Depth = Math.Max(Depth, inner.Depth + 1);
            if (Depth > DepthLimit)
            {
                throw new PickleException($"values lie more than {DepthLimit} deep inside one another");
            }
        }
    }
}

/// <summary>A tuple.</summary>
internal sealed class PickleTuple : PickleContainer
{
    internal PickleTuple(object?[] items)
    {
        Items = items;
        foreach (object? item in items)
        {
            Admit(item);
        }
    }

    internal object?[] Items { get; }
}

/// <summary>A list or a set.</summary>
internal sealed class PickleList : PickleContainer
{
    internal List<object?> Items { get; } = [];

    internal void Add(object? item)
    {
        Admit(item);
        Items.Add(item);
    }
}

/// <summary>A dictionary; keys that are no text are kept as values only, for they name no tensor.</summary>
internal sealed class PickleDict : PickleContainer
{
    /// <summary>Values of keys that are text, in their order.</summary>
    internal Dictionary<string, object?> Items { get; } = new(StringComparer.Ordinal);

    internal void Set(object? key, object? value)
    {
        Admit(key);
        Admit(value);
        if (key is string text)
        {
            Items[text] = value;
        }
    }
}

/// <summary>A class or function that a file names; a name and nothing more.</summary>
/// <param name="Module">Its module.</param>
/// <param name="Name">Its name.</param>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{PickleText.Shown(Module)}.{PickleText.Shown(Name)}";
}

/// <summary>A value that would have been made by a class or function which is not known here; it stands for it and does nothing.</summary>
/// <param name="Maker">What would have made it.</param>
internal sealed record PickleOpaque(PickleGlobal Maker);

/// <summary>The bytes behind tensors.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">Element type; null where the tensor says it.</param>
/// <param name="Elements">Elements, or bytes where there is no type.</param>
internal sealed record PickleStorage(string Key, TensorDataType? Type, long Elements);

/// <summary>A tensor over a storage, checked against the storage's size.</summary>
internal sealed record PickleTensor(PickleStorage Storage, TensorDataType Type, long Offset, long[] Shape, long[] Strides);

/// <summary>A pickle is refused.</summary>
/// <param name="message">Why, a clause without the file's name.</param>
internal sealed class PickleException(string message) : Exception(message);

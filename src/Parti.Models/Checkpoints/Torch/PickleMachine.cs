namespace Parti.Models.Checkpoints.Torch;

/// <summary>
/// Reads a pickle (protocols 0 to 5) into plain values and tensors. It is an interpreter of data only: a class or function is a name, a
/// call of one that builds no tensor is a value that does nothing. Opcodes that checkpoints do not need are refused by name.
/// </summary>
internal sealed partial class PickleMachine(ReadOnlyMemory<byte> pickle)
{
    private const int StackLimit = 4_000_000, MemoLimit = 4_000_000;

    private readonly PickleBytes _bytes = new(pickle);
    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = new();
    private readonly Dictionary<long, object?> _memo = [];

    private long _copied;

    /// <summary>Classes and functions that stand for values which were skipped.</summary>
    internal SortedSet<string> Skipped { get; } = new(StringComparer.Ordinal);

    /// <summary>Bytes read.</summary>
    internal int Length => _bytes.Position;

    /// <summary>Reads up to the end of the pickle.</summary>
    /// <returns>Null, <see cref="bool"/>, <see cref="long"/>, <see cref="double"/>, <see cref="string"/>, bytes or one of the Pickle types.</returns>
    /// <exception cref="PickleException">The pickle is damaged or holds what is refused.</exception>
    internal object? Run()
    {
        while (true)
        {
            byte code = _bytes.U8();
            if (code == '.')
            {
                return Pop();
            }

            Step(code);
            if (_stack.Count > StackLimit)
            {
                throw new PickleException($"its stack grows beyond {StackLimit} values");
            }
        }
    }

    private void Step(byte code)
    {
        if (!Literal(code) && !Collection(code) && !Memory(code) && !Object(code))
        {
            throw new PickleException($"opcode {Name(code)} at byte {_bytes.Position - 1} is refused; a checkpoint of tensors does not need it");
        }
    }

    private bool Literal(byte code)
    {
        switch (code)
        {
            case 0x80: _bytes.U8(); break; // PROTO
            case 0x95: _bytes.U64(); break; // FRAME
            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'I': PushIntegerLine(); break;
            case (byte)'L': Push(_bytes.IntegerLine()); break;
            case (byte)'J': Push((long)_bytes.I32()); break;
            case (byte)'K': Push((long)_bytes.U8()); break;
            case (byte)'M': Push((long)_bytes.U16()); break;
            case 0x8a: Push(_bytes.Integer(_bytes.U8())); break;
            case 0x8b: Push(_bytes.Integer(_bytes.U32())); break;
            case (byte)'G': Push(_bytes.F64()); break;
            case (byte)'F': Push(double.TryParse(_bytes.Line(), System.Globalization.CultureInfo.InvariantCulture, out double real) ? real : double.NaN); break;
            case (byte)'V': Push(_bytes.Line()); break;
            case (byte)'X': Push(_bytes.Text(_bytes.U32())); break;
            case 0x8c: Push(_bytes.Text(_bytes.U8())); break;
            case 0x8d: Push(_bytes.Text(_bytes.U64())); break;
            case (byte)'T': Push(_bytes.Array(_bytes.U32())); break;
            case (byte)'U': Push(ShortString(_bytes.Array(_bytes.U8()))); break;
            case (byte)'B': Push(_bytes.Array(_bytes.U32())); break;
            case (byte)'C': Push(_bytes.Array(_bytes.U8())); break;
            case 0x8e: Push(_bytes.Array(_bytes.U64())); break;
            default: return false;
        }

        return true;
    }

    private bool Collection(byte code)
    {
        switch (code)
        {
            case (byte)'(': _marks.Push(_stack.Count); RequireMarks(); break;
            case (byte)'0': Pop(); break;
            case (byte)'1': PopMark(); break;
            case (byte)'2': Push(Top()); break;
            case (byte)')': Push(new PickleTuple([])); break;
            case (byte)'t': Push(new PickleTuple(PopMark())); break;
            case 0x85: Push(new PickleTuple(Pop(1))); break;
            case 0x86: Push(new PickleTuple(Pop(2))); break;
            case 0x87: Push(new PickleTuple(Pop(3))); break;
            case (byte)']' or 0x8f: Push(new PickleList()); break;
            case (byte)'l' or 0x91: Push(ListOf(PopMark())); break;
            case (byte)'a': Extend(Pop(1)); break;
            case (byte)'e' or 0x90: Extend(PopMark()); break;
            case (byte)'}': Push(new PickleDict()); break;
            case (byte)'d': PushDictionary(PopMark()); break;
            case (byte)'s': SetItems(Pop(2)); break;
            case (byte)'u': SetItems(PopMark()); break;
            default: return false;
        }

        return true;
    }

    private bool Memory(byte code)
    {
        switch (code)
        {
            case (byte)'q': Keep(_bytes.U8()); break;
            case (byte)'r': Keep(_bytes.U32()); break;
            case (byte)'p': Keep(_bytes.IntegerLine()); break;
            case 0x94: Keep(_memo.Count); break;
            case (byte)'h': Push(Kept(_bytes.U8())); break;
            case (byte)'j': Push(Kept(_bytes.U32())); break;
            case (byte)'g': Push(Kept(_bytes.IntegerLine())); break;
            default: return false;
        }

        return true;
    }
}

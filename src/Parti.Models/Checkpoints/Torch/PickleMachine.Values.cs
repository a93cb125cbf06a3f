using System.Text;

namespace Parti.Models.Checkpoints.Torch;

internal sealed partial class PickleMachine
{
    private bool Object(byte code)
    {
        switch (code)
        {
            case (byte)'c':
                Push(PickleGlobals.Admit(_bytes.Line(), _bytes.Line()));
                break;
            case 0x93:
                object?[] names = Pop(2);
                Push(names is [string module, string name] ? PickleGlobals.Admit(module, name) : throw new PickleException("a global has no name"));
                break;
            case (byte)'R' or 0x81:
                Push(Call(Pop(2)));
                break;
            case 0x92:
                object?[] parts = Pop(3);
                Push(Call([parts[0], parts[1]]));
                break;
            case (byte)'b':
                Build(Pop());
                break;
            case (byte)'Q':
                Push(PickleTensors.Storage(Pop()));
                break;
            default:
                return false;
        }

        return true;
    }

    private object? Call(object?[] call)
    {
        if (call is not [PickleGlobal or PickleOpaque, PickleTuple arguments])
        {
            throw new PickleException("something is called that is no class or function");
        }

        CountCopies(arguments.Items);
        object? value = call[0] is PickleGlobal function ? PickleTensors.Call(function, arguments.Items) : call[0];
        if (value is PickleOpaque opaque)
        {
            Skipped.Add(opaque.Maker.ToString());
        }

        return value;
    }

    // A dictionary made of a list that the memo holds costs a few bytes of pickle, however long the list.
    private void CountCopies(object?[] arguments)
    {
        _copied += arguments.LastOrDefault() switch
        {
            PickleList list => list.Items.Count,
            PickleTuple tuple => tuple.Items.Length,
            _ => 0,
        };
        if (_copied > StackLimit)
        {
            throw new PickleException($"its calls copy more than {StackLimit} values");
        }
    }

    // The state of a dictionary or a tensor is what Python keeps beside its contents; weights need none of it.
    private void Build(object? state)
    {
        if (Top() is not (PickleOpaque or PickleDict or PickleTensor or PickleList))
        {
            throw new PickleException($"a state of {state?.GetType().Name ?? "nothing"} is set on something that has none");
        }
    }

    private void PushIntegerLine()
    {
        string line = _bytes.Line();
        Push(line switch
        {
            "00" => false,
            "01" => true,
            _ => long.TryParse(line, System.Globalization.CultureInfo.InvariantCulture, out long value) ? value : throw new PickleException($"\"{PickleText.Shown(line)}\" is no whole number"),
        });
    }

    // Python 2 wrote names of tensors as bytes.
    private static object ShortString(byte[] bytes) => bytes.All(b => b < 0x80) ? Encoding.ASCII.GetString(bytes) : bytes;

    private static PickleList ListOf(object?[] items)
    {
        PickleList list = new();
        Array.ForEach(items, list.Add);
        return list;
    }

    private void Extend(object?[] items)
    {
        if (Top() is PickleList list)
        {
            Array.ForEach(items, list.Add);
        }
        else if (Top() is not PickleOpaque)
        {
            throw new PickleException("a value is appended to what is no list");
        }
    }

    private void SetItems(object?[] pairs)
    {
        if (pairs.Length % 2 != 0 || Top() is not (PickleDict or PickleOpaque))
        {
            throw new PickleException("an item is set on what is no dictionary");
        }

        for (int i = 0; Top() is PickleDict dictionary && i < pairs.Length; i += 2)
        {
            dictionary.Set(pairs[i], pairs[i + 1]);
        }
    }

    private void PushDictionary(object?[] pairs)
    {
        Push(new PickleDict());
        SetItems(pairs);
    }

    private void Push(object? value) => _stack.Add(value);

    private object? Top() => _stack.Count > Floor ? _stack[^1] : throw new PickleException("its stack is empty");

    private int Floor => _marks.TryPeek(out int mark) ? mark : 0;

    private object? Pop()
    {
        object? top = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    private object?[] Pop(int count)
    {
        object?[] values = new object?[count];
        for (int i = count - 1; i >= 0; i--)
        {
            values[i] = Pop();
        }

        return values;
    }

    private object?[] PopMark()
    {
        if (!_marks.TryPop(out int mark) || mark > _stack.Count)
        {
            throw new PickleException("a mark is missing");
        }

        object?[] values = [.. _stack[mark..]];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }

    private void RequireMarks()
    {
        if (_marks.Count > PickleContainer.DepthLimit)
        {
            throw new PickleException($"values lie more than {PickleContainer.DepthLimit} deep inside one another");
        }
    }

    private void Keep(long slot)
    {
        if (_memo.Count >= MemoLimit)
        {
            throw new PickleException($"its memo grows beyond {MemoLimit} values");
        }

        _memo[slot] = Top();
    }

    private object? Kept(long slot) => _memo.TryGetValue(slot, out object? value) ? value : throw new PickleException($"it reads memo {slot}, which was not set");

    private static string Name(byte code) => code switch
    {
        (byte)'i' => "INST",
        (byte)'o' => "OBJ",
        (byte)'P' => "PERSID",
        (byte)'S' => "STRING",
        0x82 => "EXT1",
        0x83 => "EXT2",
        0x84 => "EXT4",
        0x96 => "BYTEARRAY8",
        0x97 => "NEXT_BUFFER",
        0x98 => "READONLY_BUFFER",
        _ => $"0x{code:x2}",
    };
}

using System.Reflection;
using System.Reflection.Emit;

namespace Parti.Layering.Tests;

/// <summary>The types another type mentions: in its shape, its signatures, its locals and its instructions.</summary>
static class Mentions
{
    const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    static readonly Dictionary<short, OpCode> opCodes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>What is visible from outside: base, interfaces, fields, signatures; generic arguments and elements included.</summary>
    public static IEnumerable<(Type Type, string Where)> Shape(Type type)
    {
        IEnumerable<(Type?, string)> mentions =
        [
            (type.BaseType, "base type"),
            .. type.GetInterfaces().Select(item => ((Type?)item, "interface")),
            .. type.GetFields(All).Select(field => ((Type?)field.FieldType, $"field {field.Name}")),
            .. Methods(type).SelectMany(method => Signature(method).Select(item => ((Type?)item, $"signature of {method.Name}"))),
        ];
        return mentions.Where(pair => pair.Item1 is not null).SelectMany(pair => Parts(pair.Item1!).Select(part => (part, pair.Item2)));
    }

    /// <summary>Everything: the shape and what the method bodies use.</summary>
    public static IEnumerable<(Type Type, string Where)> Everything(Type type)
        => Shape(type).Concat(Methods(type).SelectMany(method => Body(method).SelectMany(Parts).Select(part => (part, $"body of {method.Name}"))));

    static IEnumerable<MethodBase> Methods(Type type) => [.. type.GetMethods(All), .. type.GetConstructors(All)];

    static IEnumerable<Type> Signature(MethodBase method)
        => method.GetParameters().Select(parameter => parameter.ParameterType)
            .Concat(method is MethodInfo { ReturnType: var result } ? [result] : []);

    static IEnumerable<Type> Parts(Type type)
    {
        yield return type;
        IEnumerable<Type> inner = type.HasElementType ? [type.GetElementType()!] : type.IsGenericType ? type.GetGenericArguments() : [];
        foreach (Type part in inner.Where(part => !part.IsGenericParameter).SelectMany(Parts))
        {
            yield return part;
        }
    }

    static IEnumerable<Type> Body(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body)
        {
            yield break;
        }
        foreach (LocalVariableInfo local in body.LocalVariables)
        {
            yield return local.LocalType;
        }
        foreach (int token in Tokens(body.GetILAsByteArray() ?? []))
        {
            MemberInfo? member = method.Module.ResolveMember(token, method.DeclaringType?.GetGenericArguments(), method.IsGenericMethod ? method.GetGenericArguments() : null);
            if ((member as Type ?? member?.DeclaringType) is { } mentioned)
            {
                yield return mentioned;
            }
        }
    }

    /// <summary>Metadata tokens of the methods, fields and types that instructions name.</summary>
    static IEnumerable<int> Tokens(byte[] instructions)
    {
        for (int at = 0; at < instructions.Length;)
        {
            short value = instructions[at] == 0xfe ? (short)(0xfe00 | instructions[at + 1]) : instructions[at];
            OpCode code = opCodes[value];
            at += code.Size;
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                yield return BitConverter.ToInt32(instructions, at);
            }
            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(instructions, at),
                _ => 4,
            };
        }
    }
}

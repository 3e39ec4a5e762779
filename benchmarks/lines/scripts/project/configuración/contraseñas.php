<?php

declare(strict_types=1);

namespace Configuración;

/** Reglas y almacenamiento de contraseñas. */
final class ContraseñaDébil extends \DomainException
{
}

final class Contraseñas
{
    private const TAMAÑO_MÍNIMO = 12;

    /** @var string[] */
    private array $prohibidas;

    public function __construct(string $fichero)
    {
        if (!is_readable($fichero)) {
            throw new \RuntimeException("No se puede leer la lista de contraseñas prohibidas: $fichero");
        }
        $this->prohibidas = array_map('mb_strtolower', file($fichero, FILE_IGNORE_NEW_LINES));
    }

    /** Longitud, variedad de caracteres y que no sea una de las que todo el mundo usa. */
    public function validar(string $contraseña): void
    {
        if (mb_strlen($contraseña) < self::TAMAÑO_MÍNIMO) {
            throw new ContraseñaDébil('La contraseña debe tener al menos ' . self::TAMAÑO_MÍNIMO . ' caracteres');
        }
        if (in_array(mb_strtolower($contraseña), $this->prohibidas, true)) {
            throw new ContraseñaDébil('Esa contraseña es demasiado común');
        }
        if ($this->entropía($contraseña) < 40.0) {
            throw new ContraseñaDébil('La contraseña es demasiado fácil de adivinar');
        }
    }

    /** Bits de Shannon multiplicados por la longitud. */
    public function entropía(string $contraseña): float
    {
        $letras = mb_str_split($contraseña);
        $total = count($letras);
        $bits = 0.0;
        foreach (array_count_values($letras) as $veces) {
            $bits -= $veces / $total * log($veces / $total, 2);
        }

        return $bits * $total;
    }

    /** Cuántos años tardaría alguien probando mil millones por segundo. */
    public function añosParaRomperla(string $contraseña): float
    {
        return 2 ** $this->entropía($contraseña) / 1e9 / 31_557_600;
    }

    /** Palabras al azar separadas por guiones, fáciles de recordar. */
    public function frase(array $diccionario, int $palabras = 5): string
    {
        $elegidas = [];
        for ($i = 0; $i < $palabras; ++$i) {
            $elegidas[] = $diccionario[random_int(0, count($diccionario) - 1)];
        }

        return implode('-', $elegidas);
    }

    /** La letra del DNI sale del resto de dividir entre veintitrés. */
    public static function letraDelDni(int $número): string
    {
        if ($número < 0 || $número > 99_999_999) {
            throw new \InvalidArgumentException("El número de DNI $número está fuera de rango");
        }

        return 'TRWAGMYFPDXBNJZSQVHLCKE'[$número % 23];
    }
}
